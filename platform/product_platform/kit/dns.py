"""The domain name system as a name server tells it."""

from urllib.parse import urlsplit

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.rdtypes.ANY.TXT import TXT
from dns.resolver import NXDOMAIN, NoAnswer

from product_platform.kit.errors import ApiError

_ATTEMPT_S = 2.0
_PATIENCE_S = 5.0
_PORT = 53


class DnsUnavailableError(ApiError):
    """No name server tells whether there is such a record; one may do so again soon."""

    status = 503
    code = "SERVICE_UNAVAILABLE"

    def __init__(self, name: str) -> None:
        super().__init__(f"The name servers do not answer for {name!r} at the moment. Try again.")


class DnsTxtLookup:
    """Asks *server* (`address` or `address:port`), or whom the system asks when it is None."""

    def __init__(self, server: str | None) -> None:
        self._server = server

    async def find_texts(self, name: str) -> frozenset[str]:
        """Return the TXT records of *name*, each in one piece; raises DnsUnavailableError."""
        try:
            answer = await self._open().resolve(name, "TXT", search=False)
        except (NXDOMAIN, NoAnswer):
            return frozenset()
        except DNSException as error:
            raise DnsUnavailableError(name) from error
        return frozenset(_to_text(record) for record in answer)

    def _open(self) -> Resolver:
        # Made for each question, as the system's name servers may change.
        resolver = Resolver(configure=self._server is None)
        resolver.timeout, resolver.lifetime = _ATTEMPT_S, _PATIENCE_S
        if self._server is not None:
            parts = urlsplit(f"//{self._server}")
            resolver.nameservers, resolver.port = [parts.hostname or ""], parts.port or _PORT
        return resolver


def _to_text(record: TXT) -> str:
    # A record is cut into pieces of at most 255 bytes, whose borders mean nothing.
    return b"".join(record.strings).decode("utf-8", "replace")
