"""Web domains of organizations: what proves one, and which websites lie within it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from product_platform.kit.errors import InvalidError
from product_platform.kit.host_names import parse_host_name

PROOF_AWAITED: Final = timedelta(days=7)
"""For so long the record of a domain is looked for."""

_SHORTEST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A web domain that an organization says is its own, which is so once it is proved."""

    name: str
    token: str
    proved_at: datetime | None

    @property
    def proof(self) -> str:
        """The TXT record of the domain that proves it."""
        return f"product-platform-verify={self.token}"


def pause_after(waited: timedelta) -> timedelta:
    """Return how long to wait before the next look for a record that was not there for *waited*."""
    return min(max(waited, _SHORTEST_PAUSE), _LONGEST_PAUSE)


def lies_within(website: str, domains: Collection[str]) -> bool:
    """Tell whether the host of *website* is one of *domains*, or below one."""
    try:
        name = parse_host_name(urlsplit(website).hostname or "")
    except (InvalidError, ValueError):
        return False
    labels = name.split(".")
    return any(".".join(labels[at:]) in domains for at in range(len(labels)))
