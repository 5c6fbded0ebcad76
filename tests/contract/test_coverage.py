"""Whatever a contract lists has a case that shows it, and the API has that and nothing else."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from admin_api.wiring import create_domains
from tests.contract.coverage import find_shown, list_things
from tests.contract.openapi import Description
from tests.contract.page import ROOT, render_page
from tests.contract.table import Endpoint, Table, read_tables

TABLES = read_tables()
APPS = {domain.name: domain.app for domain in create_domains()}
ENDPOINTS = [(table, endpoint) for table in TABLES for endpoint in table.endpoints]


def name_of(value: Any) -> str:
    return value.domain if isinstance(value, Table) else value.call


def describe(table: Table) -> Description:
    return Description(APPS[table.domain].openapi())


def find_tests(path: str) -> Iterator[str]:
    for node in ast.parse((ROOT / path).read_text("utf-8")).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        yield from (
            prefix + each.name for each in inner if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        )


@pytest.mark.parametrize("table", TABLES, ids=name_of)
class TestTable:
    def test_everything_listed_is_shown_by_a_case(self, table: Table) -> None:
        shown = find_shown(table)
        assert [thing for thing in list_things(table) if thing not in shown] == []

    def test_no_case_shows_what_is_not_listed(self, table: Table) -> None:
        listed = {(endpoint.call, status) for endpoint in table.endpoints for status in endpoint.statuses}
        assert {(case.endpoint.call, case.request.status) for case in table.cases} - listed == set()

    def test_every_case_has_a_name_of_its_own(self, table: Table) -> None:
        names = [case.name for case in table.cases]
        assert {name for name in names if names.count(name) > 1} == set(), "tell them apart by a note"

    def test_the_operations_are_those_of_the_api(self, table: Table) -> None:
        assert {endpoint.call for endpoint in table.endpoints} == set(describe(table).calls)

    def test_every_rule_names_tests_that_there_are(self, table: Table) -> None:
        for rule in table.rules:
            for test in rule.tests:
                path, _, name = test.partition("::")
                assert name in set(find_tests(path)), test


@pytest.mark.parametrize(("table", "endpoint"), ENDPOINTS, ids=name_of)
class TestEndpoint:
    def test_its_query_is_that_of_the_api(self, table: Table, endpoint: Endpoint) -> None:
        # Metadata are filtered by names that callers choose, which no description can list.
        listed = {name for name in endpoint.query if not name.startswith("metadata[")}
        assert listed == set(describe(table).read_query(endpoint.call))

    def test_its_body_is_that_of_the_api(self, table: Table, endpoint: Endpoint) -> None:
        compare(table, endpoint.takes, describe(table).read_body(endpoint.call))

    def test_its_answer_is_that_of_the_api(self, table: Table, endpoint: Endpoint) -> None:
        success = min(endpoint.statuses)
        assert success in describe(table).read_statuses(endpoint.call)
        compare(table, endpoint.answers, describe(table).read_answer(endpoint.call, success))


def compare(table: Table, listed: Any, described: Any) -> None:
    """Hold what the table says of an object, and of those within it, against the API's own description."""
    if isinstance(listed, Mapping):
        ((how, kind),) = listed.items()
        inner = described["properties"]["data"]["items"] if how == "page" else described["items"]
        compare(table, kind, describe(table).follow(inner))
    elif isinstance(listed, str):
        fields = table.objects[listed]
        assert set(fields) == set(described["properties"]), listed
        for name, limit in fields.items():
            found = describe(table).follow(described["properties"][name])
            if isinstance(limit, list):
                assert sorted(limit) == sorted(describe(table).read_values(found)), f"{listed}.{name}"
            elif limit is not None:
                compare(table, limit, found)
    else:
        assert listed is None
        assert described is None


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "contract.md").read_text("utf-8") == render_page(), "run `make docs`"
