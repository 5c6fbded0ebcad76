"""The traffic of a real resolver: what is asked, of which products, and by whom.

60 % GTINs, 20 % lots and serials (half of them known), 8 % link types, 5 % linksets, 3 % product
JSON, 4 % bad or unknown. Products are asked by Zipf's law (s = 1), the popular ones spread over the
whole catalogue. A mix is drawn from a seed, and in every hundred requests the shares are exact.
"""

import random
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import accumulate
from types import MappingProxyType
from typing import NamedTuple

from loadtests.data import gtin_of, host_of, product_at
from loadtests.headers import JSON_READERS, LINKSET_READERS, PHONES, SCANNERS, Client
from loadtests.recipes import CONTEXTS, COUNTRIES, levels_of

HOST = "id.example.org"
ROOT = f"https://{HOST}"

_OWN_HOST_SHARE = 0.2
_CONTEXT_SHARE = 0.05
_STEP = 7_368_787  # a prime: no catalogue's size has it as a divisor
_START = 3
_LINK_TYPES = ("gs1:pip",) * 3 + ("gs1:instructions",) * 3 + ("gs1:sustainabilityInfo", "gs1:recipeInfo")
_NONSENSE = (
    "/01/123",
    "/01/09521234000018",
    "/01/0952123400001X",
    "/01/09521234000017/99/X",
    "/01/09521234000017/10/",
)


class Kind(StrEnum):
    """What a request asks for."""

    GTIN = "gtin"
    KNOWN_LEVEL = "known lot or serial"
    UNKNOWN_LEVEL = "unknown lot or serial"
    LINK_TYPE = "linkType"
    LINKSET = "linkset"
    JSON = "json"
    UNKNOWN = "unknown"
    BAD = "bad"


SHARES: Mapping[Kind, int] = MappingProxyType(
    {
        Kind.GTIN: 60,
        Kind.KNOWN_LEVEL: 10,
        Kind.UNKNOWN_LEVEL: 10,
        Kind.LINK_TYPE: 8,
        Kind.LINKSET: 5,
        Kind.JSON: 3,
        Kind.UNKNOWN: 2,
        Kind.BAD: 2,
    }
)
"""How many of a hundred requests are of each kind."""


class Ask(NamedTuple):
    """One request, and what it means. `item` is the index of a product, None when it is about none."""

    kind: Kind
    path: str
    query: str
    host: str
    client: Client
    item: int | None
    link_type: str | None = None
    context: str | None = None

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def headers(self) -> list[tuple[str, str]]:
        """All headers, in the order in which they are sent."""
        return [("Host", self.host), *self.client.headers()]

    def to_bytes(self) -> bytes:
        """Return the request as it goes over the wire."""
        lines = [f"GET {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Zipf:
    """Draws ranks from 0 to *size* - 1; rank r comes 1 / (r + 1) as often as the first."""

    def __init__(self, size: int) -> None:
        self._upto = list(accumulate(1 / rank for rank in range(1, size + 1)))

    def draw(self, chance: random.Random) -> int:
        """Return a rank."""
        return bisect_left(self._upto, chance.random() * self._upto[-1])

    def share_of(self, rank: int) -> float:
        """Return how often *rank* is drawn."""
        return 1 / (rank + 1) / self._upto[-1]


def index_of_rank(rank: int, size: int) -> int:
    """Return which product of *size* stands at *rank* of popularity; each stands at one."""
    return (rank * _STEP + _START) % size


class Mix:
    """An endless stream of requests for the catalogue of *size* products, the same for the same seed."""

    def __init__(self, size: int, seed: int, zipf: Zipf | None = None) -> None:
        self._size = size
        self._zipf = zipf or Zipf(size)
        self._chance = random.Random(f"{size}/{seed}")

    def asks(self) -> Iterator[Ask]:
        """Yield requests for ever."""
        hundred = [kind for kind, share in SHARES.items() for _ in range(share)]
        while True:
            self._chance.shuffle(hundred)
            for kind in hundred:
                yield self._ask(kind)

    def _ask(self, kind: Kind) -> Ask:
        chance = self._chance
        if kind is Kind.BAD:
            return Ask(kind, chance.choice(_NONSENSE), "", HOST, chance.choice(PHONES), None)
        if kind is Kind.UNKNOWN:
            gtin = gtin_of(self._size + chance.randrange(10_000_000))
            return Ask(kind, f"/01/{gtin}", "", HOST, chance.choice(PHONES), None)
        index, below = self._place(kind)
        own = host_of(index)
        host = own if own and chance.random() < _OWN_HOST_SHARE else HOST
        link_type = chance.choice(_LINK_TYPES) if kind is Kind.LINK_TYPE else None
        context = self._context() if kind is Kind.GTIN and chance.random() < _CONTEXT_SHARE else None
        client = chance.choice(self._clients(kind))
        query = f"linkType={link_type}" if link_type else f"context={context}" if context else ""
        if kind is Kind.LINKSET and chance.random() < 0.5:
            query = "linkType=linkset"
        return Ask(kind, f"/01/{gtin_of(index)}{below}", query, host, client, index, link_type, context)

    def _place(self, kind: Kind) -> tuple[int, str]:
        """Return a product, and the path below it."""
        index = index_of_rank(self._zipf.draw(self._chance), self._size)
        if kind is Kind.UNKNOWN_LEVEL:
            number = self._chance.randrange(10**9)
            return index, self._chance.choice((f"/10/X{number}", f"/21/X{number}", f"/10/X1/21/X{number}"))
        if kind is not Kind.KNOWN_LEVEL:
            return index, ""
        while not (levels := levels_of(product_at(index))):
            index = index_of_rank(self._zipf.draw(self._chance), self._size)
        return index, self._chance.choice(levels)

    def _context(self) -> str:
        return self._chance.choice((*COUNTRIES, *CONTEXTS))

    def _clients(self, kind: Kind) -> Sequence[Client]:
        if kind is Kind.LINKSET:
            return LINKSET_READERS
        if kind is Kind.JSON:
            return JSON_READERS
        is_scanner = kind in {Kind.KNOWN_LEVEL, Kind.UNKNOWN_LEVEL} and self._chance.random() < 0.5
        return SCANNERS if is_scanner else PHONES
