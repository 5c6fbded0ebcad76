"""Which cases show what a table lists, and what of it nothing shows."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.contract.table import SUCCESS, Case, Endpoint, Table


class Status(NamedTuple):
    """A status of an operation."""

    call: str
    status: int


class Query(NamedTuple):
    """A query parameter of an operation."""

    call: str
    name: str


class Sent(NamedTuple):
    """A field of the body of an operation."""

    call: str
    name: str


class Answered(NamedTuple):
    """A field of an object that answers consist of."""

    kind: str
    name: str


class Value(NamedTuple):
    """One of the values that a field of an object, or a query parameter, is limited to."""

    kind: str
    name: str
    value: Any


Thing = Status | Query | Sent | Answered | Value


def list_things(table: Table) -> list[Thing]:
    """Return everything that the table says there is, in its order."""
    return list(dict.fromkeys([*_list_endpoints(table), *_list_objects(table)]))


def find_shown(table: Table) -> Mapping[Thing, list[Case]]:
    """Return for each thing the cases that show it."""
    shown: dict[Thing, list[Case]] = defaultdict(list)
    for case in table.cases:
        for thing in dict.fromkeys(_find_things(table, case)):
            shown[thing].append(case)
    return shown


def _list_endpoints(table: Table) -> Iterator[Thing]:
    for endpoint in table.endpoints:
        yield from (Status(endpoint.call, status) for status in endpoint.statuses)
        for name, values in endpoint.query.items():
            yield Query(endpoint.call, name)
            yield from (Value(endpoint.call, name, value) for value in values or ())
        if endpoint.takes:
            yield from (Sent(endpoint.call, name) for name in table.objects[endpoint.takes])


def _list_objects(table: Table) -> Iterator[Thing]:
    for kind in find_kinds(table):
        for name, limit in table.objects[kind].items():
            if kind in find_answered(table):
                yield Answered(kind, name)
            if isinstance(limit, list):
                yield from (Value(kind, name, value) for value in limit)


def find_kinds(table: Table) -> list[str]:
    """Return the objects that bodies and answers consist of."""
    taken = (endpoint.takes for endpoint in table.endpoints if endpoint.takes)
    return list(dict.fromkeys([*find_answered(table), *taken]))


def find_answered(table: Table) -> list[str]:
    """Return the objects that answers consist of, those within others included."""
    found: dict[str, None] = {}
    waiting = [kind for endpoint in table.endpoints if (kind := kind_of(endpoint.answers))]
    while waiting:
        kind = waiting.pop(0)
        if kind not in found:
            found[kind] = None
            waiting += [inner for limit in table.objects[kind].values() if (inner := kind_of(limit))]
    return list(found)


def kind_of(limit: Any) -> str | None:
    """Return which object a field holds: `Key`, or many of them: `{each: Key}`, `{page: Key}`."""
    if isinstance(limit, dict):
        return next(iter(limit.values()))
    return limit if isinstance(limit, str) else None


def _find_things(table: Table, case: Case) -> Iterator[Thing]:
    endpoint, request = case.endpoint, case.request
    yield Status(endpoint.call, request.status)
    if request.status not in SUCCESS:
        return
    for name, value in request.query.items():
        yield Query(endpoint.call, name)
        yield from _find_values(endpoint.call, name, endpoint.query.get(name), value)
    if endpoint.takes and isinstance(request.body, dict):
        for name, value in request.body.items():
            yield Sent(endpoint.call, name)
            limit = table.objects[endpoint.takes].get(name)
            yield from _find_values(endpoint.takes, name, limit, value)
    yield from _find_answered(table, endpoint, request.want)


def _find_answered(table: Table, endpoint: Endpoint, want: Any) -> Iterator[Thing]:
    kind = kind_of(endpoint.answers)
    if kind is None or want is None:
        return
    is_page = isinstance(endpoint.answers, dict) and "page" in endpoint.answers
    yield from _walk(table, kind, want.get("data") if is_page else want)


def _walk(table: Table, kind: str, content: Any) -> Iterator[Thing]:
    if isinstance(content, list):
        for each in content:
            yield from _walk(table, kind, each)
    elif isinstance(content, dict):
        for name, value in content.items():
            yield Answered(kind, name)
            limit = table.objects[kind].get(name)
            if inner := kind_of(limit):
                yield from _walk(table, inner, value)
            yield from _find_values(kind, name, limit, value)


def _find_values(kind: str, name: str, limit: Any, value: Any) -> Iterator[Value]:
    if isinstance(limit, list):
        yield from (Value(kind, name, each) for each in (value if isinstance(value, list) else [value]))
