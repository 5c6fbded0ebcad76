"""Print the page on the contract, made from the tables beside this file."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.contract.coverage import (
    Answered,
    Query,
    Sent,
    Status,
    Thing,
    Value,
    find_answered,
    find_kinds,
    find_shown,
    list_sent,
)
from tests.contract.table import FOLDER, Case, Endpoint, Table, read_tables
from tests.docs.tables import render_table

ROOT = Path(__file__).parents[2]

_INTRODUCTION = """\
# Contract

What the API promises, domain by domain, and the test that shows each promise: operations with their
statuses and query parameters, the fields of what is sent and answered, the values of those that have a list,
and rules. Cases stand in the [tables](../tests/contract/README.md), one a request, and run on the whole API
with `make test ARGS="-k 'contract and account'"`. What a table lists without showing it, and what the API has
without a table listing it, fails the tests. Whatever needs a credential answers 401 without one. This page is
made from the tables by `make docs`.
"""
_DASH = "\N{EN DASH}"


def render_page() -> str:
    """Return the page in Markdown."""
    return "\n".join([_INTRODUCTION, *map(_render_domain, read_tables())])


def _render_domain(table: Table) -> str:
    shown = find_shown(table)
    parts = [
        f"## {table.domain.capitalize()}\n",
        _link_table(table),
        render_table(("Operation", "Status", "Shown by"), _render_statuses(table, shown)),
        render_table(("Operation", "Takes", "Shown by"), _render_takes(table, shown)),
        render_table(("Object", "Field", "Values", "Shown by"), _render_objects(table, shown)),
    ]
    if table.rules:
        rows = ((rule.says, ", ".join(map(_link_test, rule.tests))) for rule in table.rules)
        parts.append(render_table(("Rule", "Tests"), rows))
    return "\n".join(parts)


def _link_table(table: Table) -> str:
    file = table.domain if (FOLDER / table.domain).is_dir() else f"{table.domain}.yaml"
    counts = f"{len(table.endpoints)} operations, {len(list(table.cases))} cases"
    return f"{counts} in [{file}](../tests/contract/{file}).\n"


Shown = Mapping[Thing, list[Case]]


def _render_statuses(table: Table, shown: Shown) -> Iterator[tuple[str, ...]]:
    for endpoint in table.endpoints:
        for status in sorted(endpoint.statuses):
            cases = shown[Status(endpoint.call, status)]
            notes = "; ".join(case.note or f"as {case.request.caller}" for case in cases)
            yield f"`{endpoint.call}`" if status == min(endpoint.statuses) else "", str(status), notes


def _render_takes(table: Table, shown: Shown) -> Iterator[tuple[str, ...]]:
    for endpoint in table.endpoints:
        things: list[Thing] = [Query(endpoint.call, name) for name in endpoint.query]
        things += [Sent(endpoint.call, name) for name in _fields_of(table, endpoint)]
        for thing in things:
            name = f"query `{thing.name}`" if isinstance(thing, Query) else f"`{thing.name}`"  # type: ignore[union-attr]
            yield f"`{endpoint.call}`" if thing is things[0] else "", name, _name_first(shown[thing])


def _fields_of(table: Table, endpoint: Endpoint) -> list[str]:
    return list(list_sent(table, endpoint.takes)) if endpoint.takes else []


def _render_objects(table: Table, shown: Shown) -> Iterator[tuple[str, ...]]:
    answered = find_answered(table)
    for kind in find_kinds(table):
        for name, limit in table.objects[kind].items():
            values = limit if isinstance(limit, list) else []
            if not values and kind not in answered:
                continue
            told = ", ".join(f"`{value}`" for value in values) or _DASH
            things: list[Thing] = [Answered(kind, name)] if kind in answered else []
            things += [Value(kind, name, value) for value in values]
            cases = [case for thing in things for case in shown[thing][:1]]
            yield f"`{kind}`", f"`{name}`", told, "; ".join(dict.fromkeys(f"`{case.name}`" for case in cases))


def _name_first(cases: list[Case]) -> str:
    return f"`{cases[0].name}`"


def _link_test(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[{name.rpartition('::')[2]}](../{path})"


if __name__ == "__main__":
    sys.stdout.write(render_page())
