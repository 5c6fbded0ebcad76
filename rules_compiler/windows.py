"""When a rule is open: its four time criteria, compiled into one schedule."""

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from rules_compiler.model import EpochSeconds, Rule
from rules_compiler.problems import Problem

DAY = 86_400
EVERY_WEEKDAY = 0b111_1111
# How far ahead a change is looked for: far enough that looking again costs nothing, and less than
# a week, since some zones have set their clocks forward and back again within one.
LOOKAHEAD_DAYS = 6

PackedSchedule: TypeAlias = tuple[float, float, str | None, int, int, int, int, int]

_MAX_CLOCK_STATES = 4_096

# Since when, open or not, until when: by the criteria that were read off a clock.
_clock_states: dict[tuple[object, ...], tuple[int, bool, int]] = {}

_ANY_LOCAL_TIME = (101, 1231, EVERY_WEEKDAY, 0, DAY)
_LEAP_YEAR = range(date(2024, 1, 1).toordinal(), date(2025, 1, 1).toordinal())
_ANNUAL_DAYS = {f"{day:%m-%d}": day.month * 100 + day.day for day in map(date.fromordinal, _LEAP_YEAR)}
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The instants at which a rule may answer.

    `opens_at` and `closes_at` are half-open. All else is read off the clock of `zone`, each
    criterion on its own: days of the year as month * 100 + day, both included; weekdays as bits
    from 1 = Monday; seconds of the day, half-open. A range whose start is greater than its end
    wraps. `zone` is None when no criterion needs a clock.
    """

    opens_at: EpochSeconds = -math.inf
    closes_at: EpochSeconds = math.inf
    zone: str | None = None
    first_day: int = 101
    last_day: int = 1231
    weekdays: int = EVERY_WEEKDAY
    start_second: int = 0
    end_second: int = DAY

    def state_at(self, at: EpochSeconds) -> tuple[bool, EpochSeconds]:
        """Return whether the schedule is open at *at*, and until when that surely holds.

        The second value is the instant of the next change, or an earlier one after which to ask
        again: a change of the clock, or some days ahead. It is later than *at*, never later than
        the true change, and infinite when there is none.
        """
        if at < self.opens_at:
            return False, self.opens_at
        if at >= self.closes_at:
            return False, math.inf
        if self.zone is None:
            return True, self.closes_at
        is_open, until = self._clock_state(math.floor(at), self.zone)
        return is_open, min(until, self.closes_at)

    def to_packed(self) -> PackedSchedule:
        """Return the schedule as primitives, as `from_packed` reads them."""
        return (
            self.opens_at,
            self.closes_at,
            self.zone,
            self.first_day,
            self.last_day,
            self.weekdays,
            self.start_second,
            self.end_second,
        )

    @classmethod
    def from_packed(cls, packed: Sequence[Any]) -> "Schedule":
        """Return the schedule that `to_packed` wrote."""
        return cls(*packed)

    def _clock_state(self, at: int, zone: str) -> tuple[bool, int]:
        """Return what the clock of *zone* says, which is the same for all schedules with these criteria."""
        criteria = (
            zone,
            self.first_day,
            self.last_day,
            self.weekdays,
            self.start_second,
            self.end_second,
        )
        known = _clock_states.get(criteria)
        if known is None or not known[0] <= at < known[2]:
            if len(_clock_states) >= _MAX_CLOCK_STATES:
                _clock_states.clear()
            known = _clock_states[criteria] = (at, *self._local_state(at, _zone(zone)))
        return known[1:]

    def _local_state(self, at: int, zone: ZoneInfo) -> tuple[bool, int]:
        local = datetime.fromtimestamp(at, zone)
        is_open = self._is_open_on(local, _second_of_day(local))
        until = at + self._seconds_to_change(local, is_open=is_open)
        return is_open, _first_clock_change(zone, at, until)

    def _seconds_to_change(self, local: datetime, *, is_open: bool) -> int:
        """Return the seconds until a clock that runs evenly shows a change, LOOKAHEAD_DAYS at most."""
        now = _second_of_day(local)
        for ahead, second in self._boundaries():
            seconds = ahead * DAY + second - now
            if seconds > 0 and self._is_open_on(local + timedelta(days=ahead), second) != is_open:
                return seconds
        return LOOKAHEAD_DAYS * DAY - now

    def _boundaries(self) -> Iterator[tuple[int, int]]:
        """Yield the moments (days ahead, second of the day) at which a criterion may change."""
        seconds = sorted({0, self.start_second % DAY, self.end_second % DAY})
        return ((ahead, second) for ahead in range(LOOKAHEAD_DAYS) for second in seconds)

    def _is_open_on(self, day: date, second: int) -> bool:
        return self._has_day(day) and self._has_second(second)

    def _has_day(self, day: date) -> bool:
        if not self.weekdays >> day.weekday() & 1:
            return False
        mmdd = day.month * 100 + day.day
        if self.first_day <= self.last_day:
            return self.first_day <= mmdd <= self.last_day
        return mmdd >= self.first_day or mmdd <= self.last_day

    def _has_second(self, second: int) -> bool:
        if self.start_second < self.end_second:
            return self.start_second <= second < self.end_second
        return second >= self.start_second or second < self.end_second


def compile_schedule(rule: Rule) -> Schedule | None:
    """Return the schedule of a rule without schedule problems, None when it is always open."""
    if not _has_criteria(rule):
        return None
    criteria = (
        parse_annual_day(rule.annual_start_mmdd or "01-01"),
        parse_annual_day(rule.annual_end_mmdd or "12-31"),
        sum(1 << weekday for weekday in set(rule.days_of_week)) or EVERY_WEEKDAY,
        *_seconds_of_day(rule),
    )
    zone = None if criteria == _ANY_LOCAL_TIME else rule.timezone or "UTC"
    opens_at = -math.inf if rule.absolute_start_at is None else _to_epoch(rule.absolute_start_at)
    closes_at = math.inf if rule.absolute_end_at is None else _to_epoch(rule.absolute_end_at)
    schedule = Schedule(opens_at, closes_at, zone, *criteria)
    return None if schedule == Schedule() else schedule


def parse_annual_day(text: str) -> int:
    """Return `MM-DD` as month * 100 + day; raises ValueError unless some year has that day."""
    if text not in _ANNUAL_DAYS:
        raise ValueError(f"{text!r} is not a day of the year: write MM-DD, such as 12-24.")
    return _ANNUAL_DAYS[text]


def parse_time_of_day(text: str) -> int:
    """Return `HH:MM` or `HH:MM:SS` as seconds since midnight; raises ValueError."""
    match = _TIME_OF_DAY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time of day: write HH:MM, such as 18:30.")
    hours, minutes, seconds = (int(digits or 0) for digits in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def is_timezone(name: str) -> bool:
    """Return whether *name* is in the IANA time-zone database, in this spelling."""
    return name in _timezone_names()


def schedule_problems(rule: Rule) -> list[Problem]:
    """Return what is wrong with the time criteria of *rule*."""
    if not _has_criteria(rule) and rule.timezone is None:
        return []
    return [
        Problem(code, rule.id, field, message)
        for find in (_absolute_defects, _annual_defects, _weekday_defects, _clock_defects)
        for code, field, message in find(rule)
    ]


def _has_criteria(rule: Rule) -> bool:
    """Return whether *rule* says anything of time; most do not."""
    return any(
        (
            rule.absolute_start_at,
            rule.absolute_end_at,
            rule.annual_start_mmdd,
            rule.annual_end_mmdd,
            rule.days_of_week,
            rule.time_of_day_start,
            rule.time_of_day_end,
        )
    )


def _absolute_defects(rule: Rule) -> Iterator[tuple[str, str, str]]:
    start, end = rule.absolute_start_at, rule.absolute_end_at
    if start is not None and end is not None and _to_epoch(end) <= _to_epoch(start):
        message = f"{end.isoformat()} is not after absolute_start_at, {start.isoformat()}."
        yield "window_ends_before_it_starts", "absolute_end_at", message


def _annual_defects(rule: Rule) -> Iterator[tuple[str, str, str]]:
    days = {"annual_start_mmdd": rule.annual_start_mmdd, "annual_end_mmdd": rule.annual_end_mmdd}
    for field, day in days.items():
        refusal = _refusal(parse_annual_day, day)
        if refusal:
            yield "bad_annual_day", field, refusal


def _weekday_defects(rule: Rule) -> Iterator[tuple[str, str, str]]:
    for weekday in rule.days_of_week:
        if weekday not in range(7):
            message = f"{weekday!r} is not a weekday: write 0 (Monday) to 6 (Sunday)."
            yield "bad_weekday", "days_of_week", message


def _clock_defects(rule: Rule) -> Iterator[tuple[str, str, str]]:
    times = {"time_of_day_start": rule.time_of_day_start, "time_of_day_end": rule.time_of_day_end}
    for field, time in times.items():
        refusal = _refusal(parse_time_of_day, time)
        if refusal:
            yield "bad_time_of_day", field, refusal
    if rule.timezone is not None and not is_timezone(rule.timezone):
        message = f"{rule.timezone!r} is not an IANA time zone: write a name such as Europe/Berlin."
        yield "unknown_timezone", "timezone", message


def _refusal(parse: Callable[[str], int], text: str | None) -> str | None:
    """Return why *parse* refuses *text*, None when it does not or when there is none."""
    try:
        if text is not None:
            parse(text)
    except ValueError as refusal:
        return str(refusal)
    return None


def _seconds_of_day(rule: Rule) -> tuple[int, int]:
    start = 0 if rule.time_of_day_start is None else parse_time_of_day(rule.time_of_day_start)
    end = DAY if rule.time_of_day_end is None else parse_time_of_day(rule.time_of_day_end)
    return (0, DAY) if start == end else (start, end)


def _to_epoch(moment: datetime) -> EpochSeconds:
    """Return *moment* as epoch seconds; one without an offset is UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _second_of_day(local: datetime) -> int:
    return local.hour * 3600 + local.minute * 60 + local.second


def _first_clock_change(zone: ZoneInfo, after: int, until: int) -> int:
    """Return the first second behind *after* at which the clock of *zone* jumps, *until* at most."""

    # INVARIANT: no zone changes its clock twice within LOOKAHEAD_DAYS.
    def has_jumped(second: int) -> bool:
        return datetime.fromtimestamp(second, zone).utcoffset() != offset

    offset = datetime.fromtimestamp(after, zone).utcoffset()
    if not has_jumped(until):
        return until
    return after + bisect_left(range(after, until), x=True, key=has_jumped)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _timezone_names() -> frozenset[str]:
    return frozenset(available_timezones())
