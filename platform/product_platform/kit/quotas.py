"""How many requests a caller may make."""

from typing import Final, NamedTuple

UNLIMITED: Final = 2**31 - 1
"""A quota that nobody uses up, and the largest that is stored."""


class Quotas(NamedTuple):
    """The requests that one credential may make in a minute, and in a day."""

    per_minute: int = 300
    per_day: int = 10_000


DEFAULT_QUOTAS: Final = Quotas()
PUBLISHABLE_QUOTAS: Final = Quotas(per_minute=100)
