"""Holds answers of a service to what the reference says of the same request, at the same instant.

The reference scans uncompiled rules and shares no code with the edge, and what is said here of status,
`Location` and linksets is written down a second time as well.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

import orjson

from loadtests.data import catalogue_at
from loadtests.mix import HOST, Ask, Kind
from rules_compiler.model import Catalogue, EpochSeconds, Outcome, Query
from rules_compiler.reference import answer
from rules_compiler.reference.linkset import Level, Link, linkset

VOCABULARY = "https://ref.gs1.org/voc/"
FIRST_TABLE = 1
"""The number of every generated base."""

NETWORK = "7f0000"
"""What the arms of a weight group see of a client at 127.0.0.1: its /24, in hexadecimal."""

_STATUSES = {Outcome.REDIRECT: 307, Outcome.HOSTED: 307, Outcome.CHOICES: 300, Outcome.NOT_FOUND: 404}

CatalogueAt = Callable[[int, int], Catalogue]
"""Tells what the catalogue said of a product, by its index, at a table number."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, between which two instants, and from which table and worker."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    asked_at: EpochSeconds
    answered_at: EpochSeconds

    @property
    def table(self) -> int:
        """The number of the table that answered."""
        return int(self.headers["signpost-table"])

    def at_table(self, number: int) -> "Answer":
        """Return the answer of one who did not ask for the table, as if it had told *number*."""
        return replace(self, headers={**self.headers, "signpost-table": str(number)})

    @property
    def worker(self) -> int:
        """The process that answered."""
        return int(self.headers["signpost-worker"])


class WrongAnswerError(Exception):
    """A service answered something else than the reference; the message tells both."""


@lru_cache(maxsize=4096)
def as_generated(index: int, table: int) -> Catalogue:
    """Return what the generator says of a product; there is no other table than the first."""
    if table != FIRST_TABLE:
        raise KeyError(table)
    return catalogue_at(index)


def check_answers(answers: Iterable[tuple[Ask, Answer]], catalogue_of: CatalogueAt = as_generated) -> int:
    """Return how many answers there are; raises WrongAnswerError at the first that is wrong."""
    count = 0
    for ask, answered in answers:
        fault = find_fault(ask, answered, catalogue_of)
        if fault is not None:
            raise WrongAnswerError(f"GET {ask.target} at {ask.host} ({ask.kind}): {fault}")
        count += 1
    return count


def find_fault(ask: Ask, answered: Answer, catalogue_of: CatalogueAt = as_generated) -> str | None:
    """Return what is wrong with an answer, or None; a window may have opened while it was given."""
    if ask.item is None:
        wanted = 400 if ask.kind is Kind.BAD else 404
        return None if answered.status == wanted else f"status {answered.status} instead of {wanted}"
    try:
        catalogue = catalogue_of(ask.item, answered.table)
    except KeyError as error:
        return f"there is no table {error}"
    faults = [
        _find_fault_at(ask, answered, catalogue, at) for at in (answered.asked_at, answered.answered_at)
    ]
    return None if None in faults else faults[0]


def _find_fault_at(ask: Ask, answered: Answer, catalogue: Catalogue, at: EpochSeconds) -> str | None:
    if ask.kind is Kind.LINKSET:
        return _compare((200, _read_members(answered)), (200, wanted_members(ask, catalogue, at)))
    query = to_query(ask, at)
    decision = answer(catalogue, query)
    location = hosted_url(ask) if decision.outcome is Outcome.HOSTED else decision.url
    if ask.kind is Kind.JSON and answered.status == 200:
        found = orjson.loads(answered.body)["resolution"]
        return _compare((found["rule_id"], found["url"]), (decision.rule_id, location))
    wanted = (_STATUSES[decision.outcome], location and forward(location, ask.query))
    return _compare((answered.status, answered.headers.get("location")), wanted)


def _compare(found: object, wanted: object) -> str | None:
    return None if found == wanted else f"{found!r} instead of {wanted!r}"


def root_of(ask: Ask) -> str:
    """Return what begins every URI of the host that is asked."""
    return f"https://{ask.host or HOST}"


def hosted_url(ask: Ask) -> str:
    """Return the hosted page of the identifier."""
    return f"{root_of(ask)}/p{ask.path}"


def forward(target: str, query: str) -> str:
    """Return *target* with *query* behind its own query and before its fragment."""
    if not query:
        return target
    place, mark, fragment = target.partition("#")
    return f"{place}{'&' if '?' in place else '?'}{query}{mark}{fragment}"


def to_query(ask: Ask, at: EpochSeconds) -> Query:
    """Return what *ask* asks of the reference."""
    return Query(
        ais=ais_of(ask),
        at=at,
        link_type=ask.link_type,
        accept=ask.client.accept,
        languages=ask.client.tags,
        context=ask.context,
        network=NETWORK,
    )


def ais_of(ask: Ask) -> tuple[tuple[str, str], ...]:
    """Return the identifiers in the path of *ask*."""
    parts = ask.path[1:].split("/")
    return tuple((ai, unquote(value)) for ai, value in zip(parts[::2], parts[1::2], strict=True))


def wanted_members(ask: Ask, catalogue: Catalogue, at: EpochSeconds) -> list[dict[str, Any]]:
    """Return the members that the linkset must have, of each link where it leads and its title."""
    root, name = root_of(ask), catalogue.items[0].name
    titles = {rule.id: rule.title for rule in catalogue.rules}
    return [_to_member(level, root, name, titles) for level in linkset(catalogue, ais_of(ask), at)]


def _to_member(level: Level, root: str, name: str, titles: Mapping[str, str | None]) -> dict[str, Any]:
    def show(link: Link) -> dict[str, str]:
        title = titles.get(link.rule_id or "") or name
        return {"href": link.href or f"{root}/p/{level.anchor}", "title": title}

    member: dict[str, Any] = {"anchor": f"{root}/{level.anchor}", "itemDescription": name}
    member[f"{VOCABULARY}defaultLink"] = [show(level.default)]
    if level.variants:
        member[f"{VOCABULARY}defaultLinkMulti"] = [show(link) for link in level.variants]
    for link in level.links:
        relation = VOCABULARY + quote(link.link_type.removeprefix("gs1:"))
        member.setdefault(relation, []).append(show(link))
    return member


def _read_members(answered: Answer) -> list[dict[str, Any]]:
    if answered.status != 200:
        return [{"status": answered.status}]
    return [
        {
            relation: [{"href": link["href"], "title": link["title"]} for link in links]
            if isinstance(links, list)
            else links
            for relation, links in member.items()
        }
        for member in orjson.loads(answered.body)["linkset"]
    ]
