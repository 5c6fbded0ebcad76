"""The cases of `tests/cases`, as a running edge answers them: all their rules in one table.

Each case gets an organization, a brand and identifiers of its own. Left out are the cases that
need another time or network than this machine can be in: `tests/resolver/test_cases.py`
has those, where the clock can be set.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest

from resolver.table_store import install_base
from rules_compiler.compiler import compile_catalogue
from rules_compiler.gs1 import check_digit
from rules_compiler.model import Catalogue
from tests.case_files import Case, read_cases, to_catalogue
from tests.case_requests import HEADER_SETTINGS, expected_answer, to_headers
from tests.conftest import open_folder
from tests.factories import item_key
from tests.integration.clients import send
from tests.integration.running import find_free_port, wait_until

pytestmark = pytest.mark.processes

ROOT = "https://id.example.org"

# The identifiers of the cases, and the first digits of those that stand in for them.
_STAND_INS = {"9506000134352": "952", "9520000100117": "9529", "395200001000000019": "3952"}


def give_own_identifiers(case: Case, number: int) -> Case:
    """Return *case* about a product, location and pallet that no other case is about."""
    text = json.dumps(case | {"item": {"key": item_key()} | case.get("item", {})})
    for identifier, first in _STAND_INS.items():
        digits = f"{first}{number:0{len(identifier) - len(first) - 1}d}"
        text = text.replace(identifier, digits + check_digit(digits))
    own: Case = json.loads(text)
    return own


def give_own_names(catalogue: Catalogue, number: int) -> Catalogue:
    """Return *catalogue* with organizations and brands that no other has."""

    def own(name: str | None) -> str | None:
        return name and f"{name}-{number}"

    def own_key(key: str) -> str:
        return f"{key}-{number}" if key.startswith(("org/", "brand/")) else key

    return Catalogue(
        organizations=tuple(replace(each, id=own(each.id)) for each in catalogue.organizations),
        brands=tuple(
            replace(each, id=own(each.id), organization_id=own(each.organization_id))
            for each in catalogue.brands
        ),
        items=tuple(
            replace(
                each,
                brand_id=own(each.brand_id),
                owner_id=own(each.owner_id),
                refused_ids=frozenset(map(own, each.refused_ids)),
            )
            for each in catalogue.items
        ),
        instances=catalogue.instances,
        rules=tuple(
            each._replace(organization_id=own(each.organization_id), slice_key=own_key(each.slice_key))
            for each in catalogue.rules
        ),
    )


def to_own_case(parameters: Any, number: int) -> Any:
    return pytest.param(give_own_identifiers(parameters.values[0], number), id=parameters.id)


CASES = [
    to_own_case(each, number)
    for number, each in enumerate(read_cases())
    if not {"at", "client"} & each.values[0].keys()
]


def join(catalogues: list[Catalogue]) -> Catalogue:
    return Catalogue(
        organizations=tuple(chain.from_iterable(each.organizations for each in catalogues)),
        brands=tuple(chain.from_iterable(each.brands for each in catalogues)),
        items=tuple(chain.from_iterable(each.items for each in catalogues)),
        instances=tuple(chain.from_iterable(each.instances for each in catalogues)),
        rules=tuple(chain.from_iterable(each.rules for each in catalogues)),
    )


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Run `signpost edge` on a table of all cases, without database and bus."""
    catalogues = [give_own_names(to_catalogue(each.values[0]), number) for number, each in enumerate(CASES)]
    port = find_free_port()
    with open_folder() as folder:
        install_base(folder / "tables", 1, compile_catalogue(join(catalogues)).packed.items())
        settings = {"base_url": ROOT, "trusted_proxies": "127.0.0.1", **HEADER_SETTINGS}
        named = {f"SIGNPOST_{name.upper()}": value for name, value in settings.items()}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")}
        options = ["--port", str(port), "--data-dir", str(folder), "--workers", "1"]
        edge = subprocess.Popen(
            [sys.executable, "-m", "admin_api", "edge", *options],
            env=inherited | named,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: is_ready(port), what="an edge with the table")
            yield port
        finally:
            edge.terminate()
            edge.wait()


def is_ready(port: int) -> bool:
    try:
        return send(port, "GET", "/readyz").status == 200
    except OSError:
        return False


@pytest.mark.parametrize("case", CASES)
def test_a_running_edge_answers_the_case(case: Case, port: int) -> None:
    answer = send(port, "GET", case["request"], **to_headers(case))

    assert (answer.status, answer.location) == expected_answer(case, ROOT)


def test_most_cases_are_asked() -> None:
    assert len(CASES) >= 120
