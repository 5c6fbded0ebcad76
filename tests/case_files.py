"""Reads the cases of `tests/cases`: what customers wrote, what is asked, and what they may expect."""

import re
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
import yaml

from resolver.clients import network_of
from rules_compiler.model import Catalogue, DeadPolicy, DestinationType, Query, Rule
from tests.factories import (
    NOON,
    ORGANIZATION_ID,
    RIVAL_ID,
    brand_key,
    epoch,
    make_brand,
    make_catalogue,
    make_instance,
    make_item,
    make_organization,
    make_rule,
    organization_key,
)

Case = dict[str, Any]
CASES = Path(__file__).parent / "cases"


class CaseLoader(yaml.SafeLoader):
    """Reads only true, false, null and plain numbers specially: `NO` is Norway, `09:00` a time."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 -- the name and place are PyYAML's


CaseLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("(?:true|false)$"), list("tf"))
CaseLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("null$"), list("n"))
CaseLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("[0-9]+$"), list("0123456789"))


def read_cases() -> list[Any]:
    """Return every case, named by its file and its note."""
    return [
        pytest.param(case, id=f"{path.stem}: {case['note']}")
        for path in sorted(CASES.glob("*.yaml"))
        for case in yaml.load(path.read_text("utf-8"), CaseLoader)
    ]


READERS: dict[str, Callable[[Any], Any]] = {
    "absolute_start_at": datetime.fromisoformat,
    "absolute_end_at": datetime.fromisoformat,
    "on_custom_url_dead": DeadPolicy,
    "refused_ids": frozenset,
}


def read_fields(written: Case) -> Case:
    """Return the fields of a rule or an item in the types that the model has."""
    return {
        key: READERS[key](value) if key in READERS else tuple(value) if isinstance(value, list) else value
        for key, value in written.items()
    }


def to_rule(written: Case, position: int) -> Rule:
    fields = read_fields(written)
    scope, target, owner = fields.pop("scope"), fields.pop("to"), fields.pop("owner", ORGANIZATION_ID)
    keys = {"brand": brand_key(), "organization": organization_key(owner)}
    defaults = {"order_index": position, "organization_id": owner, "slice_key": keys.get(scope, scope[1:])}
    if target == "hosted":
        destination = {"destination_type": DestinationType.HOSTED_PAGE, "custom_url": None}
    else:
        destination = {"custom_url": target}
    return make_rule(fields.pop("id"), **(defaults | destination | fields))


def to_catalogue(case: Case) -> Catalogue:
    instances = [each | {"key": each["key"][1:]} for each in case.get("instances", [])]
    return make_catalogue(
        *(to_rule(written, position) for position, written in enumerate(case["rules"])),
        organizations=(make_organization(**case.get("organization", {})), make_organization(id=RIVAL_ID)),
        brands=(make_brand(**case.get("brand", {})),),
        items=(make_item(**read_fields(case.get("item", {}))),),
        instances=tuple(make_instance(**each) for each in instances),
    )


def to_query(case: Case) -> Query:
    path, _, query_string = case["request"].partition("?")
    segments = [unquote(segment) for segment in path.split("/")[1:]]
    parameters = dict(parse_qsl(query_string))
    return Query(
        ais=tuple(zip(segments[::2], segments[1::2], strict=True)),
        at=epoch(case["at"]) if "at" in case else NOON,
        link_type=parameters.get("linkType"),
        context=parameters.get("context"),
        expiry=parameters.get("17"),
        accept=tuple(read_weighted(case.get("accept", ""))),
        languages=tuple(tag.lower() for tag, _ in read_weighted(case.get("language", ""))),
        country=case.get("country"),
        regions=(case["region"],) if "region" in case else (),
        cities=(case["city"],) if "city" in case else (),
        network=network_of(ip_address(case["client"])) if "client" in case else "",
    )


def read_weighted(header: str) -> list[tuple[str, float]]:
    """Read `a, b;q=0.5`, best first."""
    parts = [part.strip().partition(";q=") for part in header.split(",") if part.strip()]
    return sorted(((name, float(quality or 1)) for name, _, quality in parts), key=lambda part: -part[1])
