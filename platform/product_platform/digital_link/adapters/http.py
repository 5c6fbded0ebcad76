"""The targets of rules as their servers answer for them."""

import asyncio
from typing import Final

import httpx2

from product_platform.digital_link.ports import Verdict
from product_platform.kit.ssrf import Guard, OutgoingRefusedError, fetch_status

# For all requests of one check together.
_PATIENCE_S: Final = 5.0
# Answers of a server that does not know HEAD.
_UNKNOWN_METHOD: Final = frozenset({405, 501})
_FIRST_ERROR: Final = 400


class HttpUrlCheck:
    """Asks for a URL with HEAD, where need be with GET, behind *guard*."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def check(self, url: str) -> Verdict:
        """Tell whether the redirects of *url* end with a status below 400, within five seconds."""
        try:
            async with asyncio.timeout(_PATIENCE_S), self._guard.open_client() as client:
                status = await fetch_status(client, "HEAD", url)
                if status in _UNKNOWN_METHOD:
                    status = await fetch_status(client, "GET", url)
        except OutgoingRefusedError:
            return Verdict.REFUSED
        except (httpx2.TooManyRedirects, httpx2.ProtocolError):
            return Verdict.FAILED
        except (httpx2.HTTPError, OSError, ValueError):
            return Verdict.SILENT
        return Verdict.ALIVE if status < _FIRST_ERROR else Verdict.FAILED
