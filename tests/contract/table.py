"""The tables of this folder as values: what a domain's contract lists, and the cases that show it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.case_files import CaseLoader

FOLDER = Path(__file__).parent
SUCCESS = range(200, 300)


class TableLoader(CaseLoader):
    """Reads numbers with a sign or a fraction, too, and nothing as null."""


TableLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("$"), [""])
TableLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("-[0-9]+$"), ["-"])
TableLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"-?[0-9]+\.[0-9]+$"), list("-0123456789")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, what happened before it, and what its answer must be."""

    call: str
    status: int
    caller: str
    given: tuple[str, ...] = ()
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    upload: Mapping[str, str] = field(default_factory=dict)
    want: Any = None
    want_headers: Mapping[str, str] = field(default_factory=dict)
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request from a state of the world, and requests that look at what it did."""

    name: str
    note: str
    endpoint: "Endpoint"
    request: Request
    then: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One operation: which statuses and query parameters it has, what it takes and answers."""

    call: str
    statuses: tuple[int, ...]
    query: Mapping[str, Any]
    takes: str | None
    answers: Any
    is_public: bool
    cases: list[Case] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A sentence of the contract that no single request shows, and the tests that do."""

    says: str
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The contract of one domain."""

    domain: str
    places: Mapping[str, str]
    objects: Mapping[str, Mapping[str, Any]]
    endpoints: tuple[Endpoint, ...]
    rules: tuple[Rule, ...]

    @property
    def cases(self) -> Iterator[Case]:
        """All cases, in the order of the table."""
        return (case for endpoint in self.endpoints for case in endpoint.cases)


def read_tables() -> list[Table]:
    """Return the table of every domain that has one, by name."""
    paths = {path if path.parent == FOLDER else path.parent for path in FOLDER.rglob("*.yaml")}
    return [read_table(path) for path in sorted(paths)]


def read_table(path: Path) -> Table:
    """Return the table in a file, or in all files of a folder, which are parts of one."""
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    parts = [yaml.load(file.read_text("utf-8"), TableLoader) for file in files]
    endpoints = [item for part in parts for item in part["endpoints"].items()]
    rules = [rule for part in parts for rule in part.get("rules", ())]
    return Table(
        domain=path.stem,
        places={place: name for part in parts for place, name in part.get("places", {}).items()},
        objects={name: fields or {} for part in parts for name, fields in part["objects"].items()},
        endpoints=tuple(
            endpoint for call, described in endpoints for endpoint in _read_endpoints(call, described)
        ),
        rules=tuple(Rule(says=rule["says"], tests=tuple(rule["tests"])) for rule in rules),
    )


def _read_endpoints(calls: str, described: Mapping[str, Any]) -> Iterator[Endpoint]:
    """Yield the operation, or both of `PUT, PATCH /path`, which are one under two methods."""
    methods, path = calls.rsplit(" ", 1)
    is_public = described.get("public", False)
    for method in methods.split(", "):
        endpoint = Endpoint(
            call=f"{method} {path}",
            statuses=tuple(described["statuses"]) + (() if is_public else (401,)),
            query=dict.fromkeys(described.get("query", ())) | _values(described.get("query", ())),
            takes=described.get("takes"),
            answers=described.get("answers"),
            is_public=is_public,
        )
        sent = described["cases"] if is_public else [*described["cases"], {"as": "nobody", "status": 401}]
        endpoint.cases.extend(_read_case(endpoint, each) for each in sent)
        yield endpoint


def _values(query: Any) -> dict[str, Any]:
    return dict(query) if isinstance(query, dict) else {}


def _read_case(endpoint: Endpoint, each: Mapping[str, Any]) -> Case:
    request = _read_request({"call": endpoint.call, **each})
    note = each.get("note", "")
    same = {"call": endpoint.call, "as": each.get("as", "owner")}
    return Case(
        name=f"{endpoint.call} {request.status} {note}".rstrip(),
        note=note,
        endpoint=endpoint,
        request=request,
        then=tuple(_read_request({**same, **other}) for other in each.get("then", ())),
    )


def _read_request(each: Mapping[str, Any]) -> Request:
    names = ("call", "status", "path", "query", "headers", "body", "upload", "want", "want_headers", "field")
    known = {*names, "as", "note", "given", "then"}
    if unknown := each.keys() - known:
        raise ValueError(f"{each['call']}: a case has no {sorted(unknown)}")
    given = each.get("given", ())
    return Request(
        caller=each.get("as", "owner"),
        given=(given,) if isinstance(given, str) else tuple(given),
        **{name: each[name] for name in names if name in each},
    )
