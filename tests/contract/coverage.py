"""Which cases show what a table lists, and what of it nothing shows."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.contract.table import SUCCESS, Case, Endpoint, Request, Table


class Status(NamedTuple):
    """A status of an operation."""

    call: str
    status: int


class Query(NamedTuple):
    """A query parameter of an operation."""

    call: str
    name: str


class Sent(NamedTuple):
    """A field of the body of an operation; one within another as `outer.inner`."""

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
            yield from (Sent(endpoint.call, name) for name in list_sent(table, endpoint.takes))


def list_sent(table: Table, kind: str, within: str = "") -> Iterator[str]:
    """Yield the names of all fields of an object that is sent, and of those within it."""
    for name, limit in table.objects[kind].items():
        yield within + name
        if inner := kind_of(limit):
            yield from list_sent(table, inner, f"{within}{name}.")


def _list_objects(table: Table) -> Iterator[Thing]:
    for kind in find_kinds(table):
        for name, limit in table.objects[kind].items():
            if kind in find_answered(table):
                yield Answered(kind, name)
            if isinstance(limit, list):
                yield from (Value(kind, name, value) for value in limit)


def find_kinds(table: Table) -> list[str]:
    """Return the objects that bodies and answers consist of."""
    taken = [endpoint.takes for endpoint in table.endpoints if endpoint.takes]
    return list(dict.fromkeys([*find_answered(table), *_find_within(table, taken)]))


def find_answered(table: Table) -> list[str]:
    """Return the objects that answers consist of, those within others included."""
    answered = [kind for endpoint in table.endpoints if (kind := kind_of(endpoint.answers))]
    return _find_within(table, answered)


def _find_within(table: Table, kinds: list[str]) -> list[str]:
    """Return these objects, and those within them."""
    found: dict[str, None] = {}
    waiting = list(kinds)
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
    yield Status(case.endpoint.call, case.request.status)
    endpoints = {endpoint.call: endpoint for endpoint in table.endpoints}
    for request in (case.request, *case.then):
        if endpoint := endpoints.get(request.call):
            find = _find_done if request.status in SUCCESS else _find_refused
            yield from find(table, endpoint, request)


def _find_done(table: Table, endpoint: Endpoint, request: Request) -> Iterator[Thing]:
    for name, value in request.query.items():
        yield Query(endpoint.call, name)
        yield from _find_values(endpoint.call, name, endpoint.query.get(name), value)
    if endpoint.takes:
        yield from _find_sent(table, endpoint.call, endpoint.takes, request.body)
    yield from _find_answered(table, endpoint, request.want)


def _find_refused(table: Table, endpoint: Endpoint, request: Request) -> Iterator[Thing]:
    """Yield the value for which a body is refused: there are some that are never taken."""
    if endpoint.takes and isinstance(request.body, dict) and (name := request.field) in request.body:
        limit = table.objects[endpoint.takes].get(name)
        yield from _find_values(endpoint.takes, name, limit, request.body[name])


def _find_sent(table: Table, call: str, kind: str, content: Any, within: str = "") -> Iterator[Thing]:
    for sent in content if isinstance(content, list) else [content]:
        for name, value in sent.items() if isinstance(sent, dict) else ():
            yield Sent(call, within + name)
            limit = table.objects[kind].get(name)
            if inner := kind_of(limit):
                yield from _find_sent(table, call, inner, value, f"{within}{name}.")
            yield from _find_values(kind, name, limit, value)


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
