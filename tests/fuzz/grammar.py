"""Requests that nobody means well with: a grammar of Digital Links and headers, and what breaks them."""

import random
from typing import NamedTuple

from tests.factories import GTIN, OTHER_GTIN


class Hostile(NamedTuple):
    """One request as bytes, before any server has read it."""

    method: bytes
    path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    @property
    def target(self) -> bytes:
        return self.path + b"?" + self.query if self.query else self.path


PATHS = tuple(
    path.encode()
    for path in (
        f"/01/{GTIN}",
        f"/01/{GTIN}/10/ABC",
        f"/01/{GTIN}/21/1234",
        f"/01/{GTIN}/22/2A/10/ABC/21/1234",
        f"/01/{GTIN}/235/TPX",
        f"/01/{GTIN}/21/a%2Fb%22c%25",
        f"/01/{GTIN[1:]}",
        f"/01/{OTHER_GTIN}",
        f"/p/01/{GTIN}/10/ABC",
        f"/p/01/{OTHER_GTIN}",
        f"/gs1/01/{GTIN}",
        f"/gs1/p/01/{GTIN}/21/1234",
        "/01/09530000100015",
        "/414/9520000100117/254/DOCK",
        "/00/395200001000000019",
        "/8004/9520000100117",
        "/8006/095200001000180103/21/X",
        "/8013/9520000100MODEL1NL",
        "/eh3036450e0009c4400000002a",
        "/exMDZFDgAJxEAAAAAq",
        f"/resolver/api/v1/verify/01/{GTIN}/21/S9",
        "/.well-known/gs1resolver",
        "/status",
    )
)
QUERIES = tuple(
    query.encode()
    for query in (
        "",
        "",
        "",
        "linkType=gs1:pip",
        "linkType=gs1:defaultLink",
        "linkType=linkset",
        "linkType=all",
        "linkType=gs1:instructions",
        "linkType=https://ref.gs1.org/voc/instructions",
        "linkType=gs1:nothing",
        "context=CA",
        "context=patient&linkType=gs1:pip",
        "17=270131&3103=000750",
        "99=1&utm_source=qr&4300=A%2520B",
        "02=09520000100018&37=12",
        "a=1#b?c=2",
    )
)
_ACCEPTS = (
    b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    b"application/json",
    b"application/linkset+json",
    b"application/ld+json;q=0.9, text/html;q=0.1",
    b"*/*;q=0",
    b"application/pdf",
)
_LANGUAGES = (b"fr-CA,fr;q=0.8,en;q=0.5", b"zh-Hant-TW", b"de-AT;q=0.1,*;q=0.2", b"es", b"x" * 40)
_HOSTS = (b"id.example.org", b"id.meadow.example", b"ID.MEADOW.EXAMPLE.:8443", b"localhost:8000", b"[::1]:80")
HEADERS: dict[bytes, tuple[bytes, ...]] = {
    b"host": _HOSTS,
    b"accept": _ACCEPTS,
    b"accept-language": _LANGUAGES,
    b"user-agent": (b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1)", b"curl/8.0"),
    b"if-none-match": (b'"abc"', b"*", b'W/"x", "y"'),
    b"signpost-debug": (b"table", b"1"),
    b"x-forwarded-for": (b"198.51.100.9", b"2001:db8::1", b"1.2.3.4, 192.0.2.7", b"[::1]:9"),
    b"x-forwarded-host": (b"id.meadow.example", b"evil.example, id.example.org"),
    b"x-forwarded-proto": (b"https", b"javascript"),
    b"cf-ipcountry": (b"CA", b"xx", b"T1"),
    b"cf-region-code": (b"BC", b"\xc3\xa9"),
    b"cf-ipcity": (b"Victoria", b"\xff\xfe"),
    b"x-api-key": (b"csb_" + b"A" * 32 + b"_00000000",),
}
METHODS = (b"GET",) * 12 + (b"HEAD", b"OPTIONS", b"POST", b"DELETE", b"get", b"GETS", b"TRACE")
PIECES = (
    b"", b"/", b"//", b"%", b"%2F", b"%2f%2e%2e", b"%00", b"%0d%0aset-cookie:a=1", b"\r\nx: y", b"\n",
    b"\x00", b"%zz", b"%25", b"%2500", b"&", b"=", b"?", b"#", b";", b",", b"+", b" ", b"..", b"/../",
    b"\\", b"@evil.example", b"://evil.example", b"01", b"10", b"21", b"17", b"8013", b"eh", b"ex", b"*",
    b"{gtin}", b"${7*7}", b"{{7*7}}", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xe2\x80\xae",
    b"\xef\xbc\x91", b"%C0%AF", b"%ED%A0%80", b"<x-evil>", b"%3Cx-evil%3E", b"'\"><x-evil>", b"q=",
    b";q=0.0000000001", b";q=1e309", b"*/*", b"9" * 40, b"-1", b"0x7f", b"1" * 200, b"\t", b"\x1b[0m",
    b"null", b"NaN", b"linkType=linkset", b"&linkType=", b"context=",
)  # fmt: skip
"""What is put into requests, wherever chance has it."""

_MAX_BYTES = 24_000
_CORPUS = 4_000


class Mutator:
    """Makes requests without end from a seed; those that were told to be `interesting` are bred from."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._corpus: list[Hostile] = []

    def keep(self, interesting: Hostile) -> None:
        """Breed from a request that has reached something new."""
        if len(self._corpus) < _CORPUS:
            self._corpus.append(interesting)
        else:
            self._corpus[self._chance.randrange(_CORPUS)] = interesting

    def make(self) -> Hostile:
        """Return the next request."""
        chance = self._chance
        parent = chance.choice(self._corpus) if self._corpus and chance.random() < 0.6 else self._write()
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            parent = self._mutate(parent)
        return parent

    def _write(self) -> Hostile:
        chance = self._chance
        names = chance.sample(list(HEADERS), chance.choice((0, 1, 2, 3, 5)))
        headers = tuple((name, chance.choice(HEADERS[name])) for name in (b"host", *names))
        return Hostile(chance.choice(METHODS), chance.choice(PATHS), chance.choice(QUERIES), headers)

    def _mutate(self, request: Hostile) -> Hostile:
        where = self._chance.randrange(6)
        if where <= 1:
            path = self._break(request.path)
            return request._replace(path=path if path.startswith(b"/") else b"/" + path)
        if where == 2:
            return request._replace(query=self._break(request.query))
        return request._replace(headers=self._mutate_headers(list(request.headers)))

    def _mutate_headers(self, headers: list[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
        chance = self._chance
        if not headers or chance.random() < 0.3:
            name = chance.choice(list(HEADERS))
            headers.insert(chance.randrange(len(headers) + 1), (name, chance.choice(HEADERS[name])))
        elif chance.random() < 0.1:
            del headers[chance.randrange(len(headers))]
        else:
            place = chance.randrange(len(headers))
            name, value = headers[place]
            headers[place] = (name, self._break(value))
        return tuple(headers)

    def _break(self, text: bytes) -> bytes:
        chance = self._chance
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 0, 1, 2, 8)))
        match chance.randrange(8):
            case 0:
                piece = bytes([chance.randrange(256)])
            case 1:  # percent-encode what stands there
                piece = b"".join(b"%%%02X" % byte for byte in text[start:end])
            case 2:  # once more, and again
                piece = text[start:end] * chance.choice((2, 3, 50))
            case 3:
                piece = text[start:end].swapcase()
            case 4 if chance.random() < 0.05:
                piece = chance.choice(PIECES) * chance.choice((100, 1_000, 8_000))
            case 5:  # a part of another link
                other = chance.choice(PATHS if chance.random() < 0.5 else QUERIES)
                piece = other[chance.randrange(len(other) + 1) :]
            case _:
                piece = chance.choice(PIECES)
        return (text[:start] + piece + text[end:])[:_MAX_BYTES]
