"""Time criteria: when a rule is open, and until when that holds."""

import math
import re
from datetime import UTC, date, datetime

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_compiler.model import EpochSeconds, Rule
from rules_compiler.reference.conditions import is_open
from rules_compiler.windows import (
    DAY,
    LOOKAHEAD_DAYS,
    Schedule,
    compile_schedule,
    parse_annual_day,
    parse_time_of_day,
    schedule_problems,
)
from tests.factories import epoch, make_rule

MINUTE = 60
JUNE = {
    "absolute_start_at": datetime(2026, 6, 1, tzinfo=UTC),
    "absolute_end_at": datetime(2026, 7, 1, tzinfo=UTC),
}
OFFICE_HOURS = {
    "days_of_week": (0, 1, 2, 3, 4),
    "time_of_day_start": "09:00:00",
    "time_of_day_end": "17:00:00",
    "timezone": "Europe/Berlin",
}


def schedule_of(**criteria) -> Schedule:
    schedule = compile_schedule(make_rule(**criteria))
    assert schedule is not None
    return schedule


def is_open_at(moment: str, **criteria) -> bool:
    return schedule_of(**criteria).state_at(epoch(moment))[0]


def change_after(moment: str, **criteria) -> str:
    """Return when the state at *moment* may change, as ISO text in UTC."""
    until = schedule_of(**criteria).state_at(epoch(moment))[1]
    return datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class TestCompileSchedule:
    @pytest.mark.parametrize(
        "criteria",
        [
            {},
            {"timezone": "Europe/Berlin"},
            {"days_of_week": (0, 1, 2, 3, 4, 5, 6)},
            {"annual_start_mmdd": "01-01", "annual_end_mmdd": "12-31"},
            {"time_of_day_start": "09:00:00", "time_of_day_end": "09:00:00"},
            {"time_of_day_start": "00:00:00"},
        ],
    )
    def test_a_rule_that_is_always_open_has_no_schedule(self, criteria):
        assert compile_schedule(make_rule(**criteria)) is None

    def test_an_absolute_time_without_an_offset_is_utc(self):
        naive = datetime.fromisoformat("2026-06-01T12:00:00")
        schedule = schedule_of(absolute_start_at=naive)
        assert schedule.opens_at == epoch("2026-06-01T12:00:00Z")

    def test_a_schedule_survives_packing(self):
        schedule = schedule_of(
            absolute_start_at=datetime(2026, 1, 1, tzinfo=UTC),
            annual_start_mmdd="11-01",
            days_of_week=(0, 6),
            time_of_day_end="17:30:00",
            timezone="America/New_York",
        )
        wire = msgpack.packb(schedule.to_packed())
        assert Schedule.from_packed(msgpack.unpackb(wire)) == schedule


class TestAbsoluteWindow:
    @pytest.mark.parametrize(
        ("moment", "state"),
        [
            ("2026-05-31T23:59:59Z", (False, epoch("2026-06-01T00:00:00Z"))),
            ("2026-06-01T00:00:00Z", (True, epoch("2026-07-01T00:00:00Z"))),
            ("2026-06-30T23:59:59Z", (True, epoch("2026-07-01T00:00:00Z"))),
            ("2026-07-01T00:00:00Z", (False, math.inf)),
        ],
    )
    def test_it_includes_its_start_and_excludes_its_end(self, moment, state):
        assert schedule_of(**JUNE).state_at(epoch(moment)) == state

    def test_without_an_end_it_never_closes(self):
        schedule = schedule_of(absolute_start_at=JUNE["absolute_start_at"])
        assert schedule.state_at(epoch("2030-01-01T00:00:00Z")) == (True, math.inf)

    def test_without_a_start_it_has_always_been_open(self):
        schedule = schedule_of(absolute_end_at=JUNE["absolute_end_at"])
        assert schedule.state_at(0) == (True, epoch("2026-07-01T00:00:00Z"))

    def test_a_timezone_does_not_move_it(self):
        assert is_open_at("2026-06-01T00:00:00Z", timezone="America/New_York", **JUNE)

    def test_its_end_closes_a_local_window_early(self):
        criteria = JUNE | {"annual_start_mmdd": "03-01"}
        assert change_after("2026-06-30T00:00:00Z", **criteria) == "2026-07-01T00:00:00Z"


class TestAnnualWindow:
    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2026-11-01T03:59:59Z", False),
            ("2026-11-01T04:00:00Z", True),
            ("2027-01-15T12:00:00Z", True),
            ("2027-03-01T04:59:59Z", True),
            ("2027-03-01T05:00:00Z", False),
            ("2028-02-29T20:00:00Z", False),
        ],
    )
    def test_it_wraps_the_year_in_local_days(self, moment, expected):
        assert expected is is_open_at(
            moment, annual_start_mmdd="11-01", annual_end_mmdd="02-28", timezone="America/New_York"
        )

    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2026-12-23T23:59:59Z", False),
            ("2026-12-24T00:00:00Z", True),
            ("2026-12-24T23:59:59Z", True),
            ("2026-12-25T00:00:00Z", False),
        ],
    )
    def test_both_days_are_included(self, moment, expected):
        assert is_open_at(moment, annual_start_mmdd="12-24", annual_end_mmdd="12-24") is expected

    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2027-02-28T23:59:59Z", True),
            ("2027-03-01T00:00:00Z", False),
            ("2028-02-29T23:59:59Z", True),
            ("2028-03-01T00:00:00Z", False),
        ],
    )
    def test_an_end_on_29_february_means_28_february_in_common_years(self, moment, expected):
        assert is_open_at(moment, annual_end_mmdd="02-29") is expected

    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2027-02-28T23:59:59Z", False),
            ("2027-03-01T00:00:00Z", True),
            ("2028-02-28T23:59:59Z", False),
            ("2028-02-29T00:00:00Z", True),
        ],
    )
    def test_a_start_on_29_february_means_1_march_in_common_years(self, moment, expected):
        assert is_open_at(moment, annual_start_mmdd="02-29") is expected

    def test_a_missing_start_is_new_year(self):
        assert is_open_at("2026-01-01T00:00:00Z", annual_end_mmdd="01-06")

    def test_a_missing_end_is_the_last_of_december(self):
        assert is_open_at("2026-12-31T23:59:59Z", annual_start_mmdd="12-24")

    def test_its_next_day_is_the_next_change(self):
        assert change_after("2026-12-22T10:00:00Z", annual_start_mmdd="12-24") == "2026-12-24T00:00:00Z"

    def test_a_change_far_ahead_is_looked_for_again(self):
        schedule = schedule_of(annual_start_mmdd="12-24")
        start = epoch("2026-06-01T00:00:00Z")
        assert schedule.state_at(start) == (False, start + LOOKAHEAD_DAYS * DAY)


class TestWeekdaysAndTimeOfDay:
    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2026-06-08T06:59:59Z", False),
            ("2026-06-08T07:00:00Z", True),
            ("2026-06-08T14:59:59Z", True),
            ("2026-06-08T15:00:00Z", False),
            ("2026-06-13T10:00:00Z", False),
        ],
    )
    def test_both_must_hold_on_the_local_clock(self, moment, expected):
        assert is_open_at(moment, **OFFICE_HOURS) is expected

    @pytest.mark.parametrize(
        ("moment", "change"),
        [
            ("2026-06-08T06:59:59Z", "2026-06-08T07:00:00Z"),
            ("2026-06-08T07:00:00Z", "2026-06-08T15:00:00Z"),
            ("2026-06-12T15:00:00Z", "2026-06-15T07:00:00Z"),
        ],
    )
    def test_the_change_is_exact_over_a_weekend(self, moment, change):
        assert change_after(moment, **OFFICE_HOURS) == change

    def test_a_fraction_of_a_second_before_the_start_is_closed(self):
        opening = epoch("2026-06-08T07:00:00Z")
        schedule = schedule_of(**OFFICE_HOURS)
        assert schedule.state_at(math.nextafter(opening, 0)) == (False, opening)

    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2026-06-12T22:00:00Z", True),
            ("2026-06-12T23:59:59Z", True),
            ("2026-06-13T01:00:00Z", False),
            ("2026-06-12T01:00:00Z", True),
        ],
    )
    def test_after_midnight_a_wrapping_window_belongs_to_the_new_weekday(self, moment, expected):
        friday_night = {"days_of_week": (4,), "time_of_day_start": "22:00:00", "time_of_day_end": "02:00:00"}
        assert is_open_at(moment, **friday_night) is expected

    def test_a_missing_start_is_midnight(self):
        assert is_open_at("2026-06-08T00:00:00Z", time_of_day_end="06:00:00")

    def test_a_missing_end_is_the_next_midnight(self):
        assert is_open_at("2026-06-08T23:59:59Z", time_of_day_start="18:00:00")

    def test_without_a_timezone_the_clock_is_utc(self):
        assert change_after("2026-06-08T00:00:00Z", time_of_day_start="18:00:00") == "2026-06-08T18:00:00Z"


class TestClockChanges:
    """A skipped hour never matches, a repeated hour matches twice."""

    def test_a_window_inside_the_skipped_hour_never_opens(self):
        window = {
            "time_of_day_start": "02:15:00",
            "time_of_day_end": "02:45:00",
            "timezone": "Europe/Berlin",
        }
        schedule = schedule_of(**window)
        jump = epoch("2026-03-29T01:00:00Z")
        assert schedule.state_at(jump - 1) == (False, jump)
        assert schedule.state_at(jump) == (False, epoch("2026-03-30T00:15:00Z"))

    def test_a_window_that_starts_in_the_skipped_hour_opens_when_the_clock_jumps(self):
        window = {"time_of_day_start": "02:30:00", "time_of_day_end": "04:00:00", "timezone": "Europe/Berlin"}
        assert change_after("2026-03-29T00:30:00Z", **window) == "2026-03-29T01:00:00Z"
        assert is_open_at("2026-03-29T01:00:00Z", **window)

    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2026-10-25T00:14:59Z", False),
            ("2026-10-25T00:15:00Z", True),
            ("2026-10-25T00:45:00Z", False),
            ("2026-10-25T01:14:59Z", False),
            ("2026-10-25T01:15:00Z", True),
            ("2026-10-25T01:45:00Z", False),
        ],
    )
    def test_a_window_inside_the_repeated_hour_opens_twice(self, moment, expected):
        window = {
            "time_of_day_start": "02:15:00",
            "time_of_day_end": "02:45:00",
            "timezone": "Europe/Berlin",
        }
        assert is_open_at(moment, **window) is expected

    def test_a_window_reopens_when_the_clock_goes_back_into_it(self):
        window = {"time_of_day_start": "01:30:00", "time_of_day_end": "02:30:00", "timezone": "Europe/Berlin"}
        assert change_after("2026-10-25T00:30:00Z", **window) == "2026-10-25T01:00:00Z"
        assert is_open_at("2026-10-25T01:00:00Z", **window)

    def test_a_day_without_a_midnight_begins_when_the_clock_jumps(self):
        # In Santiago the clock went from 23:59:59 on 5 September 2026 to 01:00.
        sunday = {"days_of_week": (6,), "timezone": "America/Santiago"}
        assert change_after("2026-09-05T12:00:00Z", **sunday) == "2026-09-06T04:00:00Z"
        assert is_open_at("2026-09-06T04:00:00Z", **sunday)

    def test_a_shift_of_half_an_hour_is_exact(self):
        # Lord Howe Island goes back from 02:00 to 01:30 on 5 April 2026, at 15:00 UTC the day before.
        window = {
            "time_of_day_start": "01:30:00",
            "time_of_day_end": "01:45:00",
            "timezone": "Australia/Lord_Howe",
        }
        assert change_after("2026-04-04T14:45:00Z", **window) == "2026-04-04T15:00:00Z"
        assert schedule_of(**window).state_at(epoch("2026-04-04T15:00:00Z")) == (
            True,
            epoch("2026-04-04T15:15:00Z"),
        )

    def test_a_skipped_day_never_matches(self):
        # Samoa had no 30 December 2011.
        friday = {"annual_start_mmdd": "12-30", "annual_end_mmdd": "12-30", "timezone": "Pacific/Apia"}
        assert change_after("2011-12-30T09:00:00Z", **friday) == "2011-12-30T10:00:00Z"
        assert not is_open_at("2011-12-30T10:00:00Z", **friday)


TIMES = st.none() | st.times().map(lambda time: f"{time:%H:%M}:00")
ANNUAL_DAYS = st.none() | st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: f"{day:%m-%d}")
INSTANTS = st.integers(0, 3 * 365 * 1440).map(lambda minute: epoch("2025-06-01T00:00:00Z") + minute * MINUTE)
MOMENTS = st.none() | INSTANTS.map(lambda at: datetime.fromtimestamp(at, UTC))
ZONES = st.sampled_from(
    [
        "America/New_York",
        "America/Santiago",
        "Africa/Cairo",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Europe/Berlin",
        "Pacific/Apia",
        "Pacific/Chatham",
        None,
    ]
)
CLOCK_CHANGES = [
    epoch(moment)
    for moment in (
        "2026-03-29T01:00:00Z",
        "2026-10-25T01:00:00Z",
        "2026-11-01T06:00:00Z",
        "2026-09-06T04:00:00Z",
        "2026-04-04T15:00:00Z",
        "2026-04-23T22:00:00Z",
        "2028-02-29T00:00:00Z",
    )
]
NEAR_CLOCK_CHANGES = st.builds(
    lambda change, minute: change + minute * MINUTE,
    st.sampled_from(CLOCK_CHANGES),
    st.integers(-2 * 1440, 1440),
)


@st.composite
def scheduled_rules(draw: st.DrawFn) -> Rule:
    start, end = draw(MOMENTS), draw(MOMENTS)
    if start and end and end <= start:
        end = None
    return make_rule(
        absolute_start_at=start,
        absolute_end_at=end,
        annual_start_mmdd=draw(ANNUAL_DAYS),
        annual_end_mmdd=draw(ANNUAL_DAYS),
        days_of_week=tuple(draw(st.sets(st.integers(0, 6)))),
        time_of_day_start=draw(TIMES),
        time_of_day_end=draw(TIMES),
        timezone=draw(ZONES),
    )


class TestStateAt:
    @given(rule=scheduled_rules(), at=INSTANTS | NEAR_CLOCK_CHANGES)
    def test_it_is_what_the_plain_reading_says_until_the_change(self, rule: Rule, at: EpochSeconds):
        state, until = (compile_schedule(rule) or Schedule()).state_at(at)
        assert until > at
        minutes = min((until - at) / MINUTE, 1440)
        for minute in range(math.ceil(minutes)):
            assert is_open(rule, at + minute * MINUTE) is state
        if until < math.inf:
            assert is_open(rule, until - 1) is state

    @given(rule=scheduled_rules(), at=INSTANTS)
    def test_following_the_changes_misses_none(self, rule: Rule, at: EpochSeconds):
        schedule = compile_schedule(rule) or Schedule()
        state, until = schedule.state_at(at)
        for hour in range(20 * 24):
            now = at + hour * 3600
            while until <= now:
                state, until = schedule.state_at(until)
            assert state is is_open(rule, now)


class TestParsing:
    @pytest.mark.parametrize(("text", "value"), [("01-01", 101), ("02-29", 229), ("12-31", 1231)])
    def test_an_annual_day(self, text, value):
        assert parse_annual_day(text) == value

    @pytest.mark.parametrize("text", ["", "2-9", "02-30", "13-01", "00-10", "02/03", "--02-03", "१२-०१"])
    def test_what_no_year_has_is_no_annual_day(self, text):
        with pytest.raises(ValueError, match=f"^{re.escape(repr(text))}"):
            parse_annual_day(text)

    @pytest.mark.parametrize(("text", "value"), [("00:00", 0), ("09:30", 34_200), ("23:59:59", 86_399)])
    def test_a_time_of_day(self, text, value):
        assert parse_time_of_day(text) == value

    @pytest.mark.parametrize(
        "text", ["", "9:00", "24:00", "12:60", "12:00:60", "12:00Z", "12:00+01:00", "12"]
    )
    def test_what_no_clock_shows_is_no_time_of_day(self, text):
        with pytest.raises(ValueError, match=f"^{re.escape(repr(text))}"):
            parse_time_of_day(text)


class TestScheduleProblems:
    @pytest.mark.parametrize(
        ("criteria", "code", "field"),
        [
            ({"annual_start_mmdd": "02-30"}, "bad_annual_day", "annual_start_mmdd"),
            ({"annual_end_mmdd": "13-01"}, "bad_annual_day", "annual_end_mmdd"),
            ({"days_of_week": (7,)}, "bad_weekday", "days_of_week"),
            ({"time_of_day_start": "24:00"}, "bad_time_of_day", "time_of_day_start"),
            ({"time_of_day_end": "9 am"}, "bad_time_of_day", "time_of_day_end"),
            ({"timezone": "Europe/Atlantis"}, "unknown_timezone", "timezone"),
            ({"timezone": "../etc/passwd"}, "unknown_timezone", "timezone"),
            ({"timezone": ""}, "unknown_timezone", "timezone"),
            ({"timezone": "America"}, "unknown_timezone", "timezone"),
        ],
    )
    def test_a_value_that_cannot_be_names_its_field(self, criteria, code, field):
        (problem,) = schedule_problems(make_rule("r1", **criteria))
        assert (problem.code, problem.rule_id, problem.field) == (code, "r1", field)

    @pytest.mark.parametrize("end", ["2026-06-01T00:00:00+00:00", "2026-06-01T01:00:00+02:00"])
    def test_a_window_must_end_after_it_starts(self, end):
        rule = make_rule(
            absolute_start_at=datetime(2026, 6, 1, tzinfo=UTC), absolute_end_at=datetime.fromisoformat(end)
        )
        (problem,) = schedule_problems(rule)
        assert problem.code == "window_ends_before_it_starts"

    def test_all_problems_are_reported_at_once(self):
        rule = make_rule(annual_start_mmdd="x", days_of_week=(8, 9), time_of_day_end="x", timezone="x")
        assert len(schedule_problems(rule)) == 5

    @given(rule=scheduled_rules())
    def test_a_rule_that_can_be_has_none(self, rule):
        assert schedule_problems(rule) == []
