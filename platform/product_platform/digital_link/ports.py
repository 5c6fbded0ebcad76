"""What this domain needs of the world outside."""

from typing import Protocol


class TxtLookup(Protocol):
    """Reads the domain name system."""

    async def find_texts(self, name: str) -> frozenset[str]:
        """Return the TXT records of *name*, none when there are none.

        Raises DnsUnavailableError when that cannot be told at the moment.
        """
