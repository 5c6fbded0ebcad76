"""The time, as something that a test can hold still."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Protocol

from pydantic import AfterValidator


class Clock(Protocol):
    """Tells the time. Everything that needs the present asks a clock that it was given."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return the instant at which this clock stands."""
        return self._at

    def advance(self, seconds: float) -> None:
        """Move the clock forward by *seconds*."""
        self._at += timedelta(seconds=seconds)


def to_utc(value: datetime) -> datetime:
    """Return *value* in UTC; one without an offset is that already. Raises ValueError at the ends of time."""
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("In UTC this is no year from 1 to 9999.") from None


Timestamp = Annotated[datetime, AfterValidator(to_utc)]
"""An instant in a body: any offset comes in, UTC goes out."""
