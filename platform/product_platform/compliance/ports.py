"""What compliance is told by domains that it does not know."""

from typing import Protocol

from product_platform.kit.db import Connection


class Catalogue(Protocol):
    """Tells which products there are."""

    async def find(self, connection: Connection, gtin: str) -> object | None:
        """Return the product with this GTIN of 14 digits."""
        ...
