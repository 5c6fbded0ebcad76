"""Who sends a request, by address."""

from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import Scope


def find_address(scope: Scope) -> str:
    """Return the address of the caller, empty when it cannot be told.

    An edge worker relays over a Unix socket, which has no addresses, and says for whom: it has checked
    what proxies claim. Whoever comes over TCP is the caller, whatever the headers say.
    """
    client = scope.get("client")
    peer = client[0] if client else ""
    if _is_address(peer):
        return peer
    said = Headers(scope=scope).get("x-forwarded-for", "").rpartition(",")[2].strip()
    return said if _is_address(said) else ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
