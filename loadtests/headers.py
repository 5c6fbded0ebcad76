"""Who asks, told by headers: phones in hand, apps, warehouse scanners, each as they really ask.

Headers are written from what they mean, so that checking an answer needs nobody to read them.
"""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

Ranges = tuple[tuple[str, float], ...]


class Client(NamedTuple):
    """One combination of headers; media ranges and languages stand best first, with their quality."""

    user_agent: str
    accept: Ranges
    languages: Ranges
    others: tuple[tuple[str, str], ...] = ()

    @property
    def tags(self) -> tuple[str, ...]:
        """The languages in lower case, best first."""
        return tuple(tag.lower() for tag, _ in self.languages)

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers in the order in which they are sent."""
        told = [("User-Agent", self.user_agent), ("Accept", write_list(self.accept))]
        if self.languages:
            told.append(("Accept-Language", write_list(self.languages)))
        return [*told, *self.others]


def write_list(values: Ranges) -> str:
    """Write a header that lists values by quality; 1 is left unsaid."""
    return ",".join(value if quality == 1 else f"{value};q={quality:g}" for value, quality in values)


_BROWSER = (("Accept-Encoding", "gzip, deflate, br"), ("Upgrade-Insecure-Requests", "1"))
_APP = (("Accept-Encoding", "gzip"),)

_PAGES: tuple[Ranges, ...] = (
    (("text/html", 1), ("application/xhtml+xml", 1), ("application/xml", 0.9), ("*/*", 0.8)),
    (
        ("text/html", 1),
        ("application/xhtml+xml", 1),
        ("image/avif", 1),
        ("image/webp", 1),
        ("image/apng", 1),
        ("application/xml", 0.9),
        ("*/*", 0.8),
    ),
)

_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
_ANDROID = "Mozilla/5.0 (Linux; Android 15; {}) AppleWebKit/537.36 (KHTML, like Gecko)"
_PHONES = (
    (f"{_IPHONE} Version/18.1 Mobile/15E148 Safari/604.1", _PAGES[0]),
    (f"{_IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1", _PAGES[0]),
    (f"{_ANDROID.format('Pixel 9')} Chrome/131.0.0.0 Mobile Safari/537.36", _PAGES[1]),
    (f"{_ANDROID.format('SM-S921B')} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36", _PAGES[1]),
)
_SPOKEN: tuple[Ranges, ...] = (
    (("en-US", 1), ("en", 0.9)),
    (("fr-CA", 1), ("fr", 0.9), ("en", 0.6)),
    (("de-DE", 1), ("de", 0.9), ("en", 0.5)),
    (("es-MX", 1), ("es", 0.9)),
    (("pt-BR", 1), ("pt", 0.8), ("en", 0.4)),
    (("zh-Hant-TW", 1), ("zh-Hant", 0.9), ("en", 0.3)),
    (("en-GB", 1),),
)

PHONES = tuple(
    Client(agent, accept, languages, _BROWSER) for (agent, accept), languages in product(_PHONES, _SPOKEN)
)
SCANNERS = tuple(
    Client(agent, (("*/*", 1),), languages)
    for agent in (
        "Mozilla/5.0 (Linux; Android 13; TC58) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36",
        "okhttp/4.12.0",
        "DataWedge/13.0",
    )
    for languages in ((), (("en-US", 1),))
)
LINKSET_READERS = tuple(
    Client(agent, accept, languages, _APP)
    for agent in ("ProductApp/7.2 (iOS 18.1)", "python-httpx/0.28.1")
    for accept in ((("application/linkset+json", 1),), (("application/linkset+json", 1), ("*/*", 0.1)))
    for languages in ((), (("de", 1), ("en", 0.5)))
)
JSON_READERS = tuple(
    Client(agent, (("application/json", 1),), languages, _APP)
    for agent in ("ProductApp/7.2 (Android 15)", "curl/8.11.0", "Go-http-client/2.0")
    for languages in ((), (("en", 1),))
)

EVERYBODY: Sequence[Client] = (*PHONES, *SCANNERS, *LINKSET_READERS, *JSON_READERS)
