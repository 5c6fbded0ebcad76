"""What this domain needs of the world outside."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Protocol

from rules_compiler.model import Catalogue, Query


class TxtLookup(Protocol):
    """Reads the domain name system."""

    async def find_texts(self, name: str) -> frozenset[str]:
        """Return the TXT records of *name*, none when there are none.

        Raises DnsUnavailableError when that cannot be told at the moment.
        """


class Verdict(Enum):
    """What one look at a URL found."""

    ALIVE = auto()
    FAILED = auto()  # somebody answered, and not with the page
    SILENT = auto()  # nobody answered in time, or the host has no address
    REFUSED = auto()  # it was not looked at, for it leads where requests may not go


class UrlCheck(Protocol):
    """Looks at URLs."""

    async def check(self, url: str) -> Verdict:
        """Tell whether *url* leads to a page. Answers within seconds, and raises nothing of the network."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request as somebody asks about it: an absolute URI or a path, and what a client would send."""

    uri: str
    at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    country: str | None = None


@dataclass(frozen=True, slots=True)
class EdgeAnswer:
    """How the edge answers: the status, where it sends the client, if anywhere, and by which rule."""

    status: int
    location: str | None
    rule_id: str | None
    body: bytes


class Edge(Protocol):
    """Reads and answers requests as the edge does, from rules that need not be published."""

    def read(self, question: Question) -> Query:
        """Return what *question* asks of a table; raises DigitalLinkError when its URI is no identifier."""

    def host_name(self, question: Question) -> str | None:
        """Return the name of the host that *question* is sent to, None when its URI is a path alone."""

    def narrow(self, question: Question, catalogue: Catalogue) -> Catalogue:
        """Return what of *catalogue* the host of *question* knows: one that is bound, no items of others."""

    def answer(self, question: Question, catalogue: Catalogue) -> EdgeAnswer:
        """Return what the edge would answer to *question* if *catalogue* were all there is."""

    def answer_all(self, questions: Iterable[Question], catalogue: Catalogue) -> list[EdgeAnswer]:
        """Return what `answer` returns for each of *questions*, from one table."""


def find_hosts(edge: Edge, questions: Iterable[Question]) -> frozenset[str]:
    """Return the names of the hosts that *questions* are sent to."""
    return frozenset(name for name in map(edge.host_name, questions) if name is not None)
