"""What the documents promise, held against generated requests: no 5xx, and no answer that is not documented.

Each request may name what there is, and what it writes is taken back. `make fuzz` tries more of them.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from admin_api.wiring import create_domains
from tests.openapi.service import Service
from tests.tenancy.world import World

pytestmark = pytest.mark.servers

# Few of them are the same each time, so that a run tells of the change; a long run looks for what is new.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "6"))
IS_SHORT = "FUZZ_EXAMPLES" not in os.environ
PROMISES = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


def read_operations() -> Iterator[Any]:
    for domain in create_domains():
        document = schemathesis.openapi.from_dict(domain.app.openapi())
        for result in document.get_all_operations():
            operation = result.ok()
            yield pytest.param(domain.mount, operation, id=f"{domain.name}: {operation.label}")


@pytest.mark.parametrize(("mount", "operation"), list(read_operations()))
def test_every_answer_is_as_documented(service: Service, mount: str, operation: Any) -> None:
    @settings(
        max_examples=EXAMPLES,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=IS_SHORT,
    )
    @given(case=cases_of(operation), names_what_there_is=st.booleans())
    def ask(case: Any, names_what_there_is: bool) -> None:
        if names_what_there_is:
            name_what_there_is(case, service.world)
        arguments = case.as_transport_kwargs(base_url=f"http://test{mount}")
        answer = service.send(requests.Request(**arguments).prepare())
        case.validate_response(answer, checks=PROMISES)

    ask()


def cases_of(operation: Any) -> st.SearchStrategy[Any]:
    """Return requests that the document allows, and some that it does not."""
    return st.one_of(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)


def name_what_there_is(case: Any, world: World) -> None:
    """Put the names of real things where the request names any."""
    segments = case.path.split("/")
    for before, segment in zip(["", *segments], segments, strict=False):
        name = segment.strip("{}")
        real = world.names.get(name) or world.names.get(before)
        if segment != name and real:
            case.path_parameters[name] = real
    for fields in (case.query, case.body):
        if isinstance(fields, dict):
            for name, real in (
                ("organization_id", "organizations"),
                ("gtin", "gtin"),
                ("brand_id", "brands"),
            ):
                if name in fields:
                    fields[name] = world.names[real]
