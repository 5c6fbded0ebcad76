from datetime import UTC, datetime, timedelta, timezone

from product_platform.kit.clock import FixedClock, SystemClock, to_utc


class TestFixedClock:
    def test_stands_still_until_it_is_moved(self):
        clock = FixedClock(datetime(2026, 3, 1, tzinfo=UTC))
        assert clock.now() == clock.now()
        clock.advance(90)
        assert clock.now() == datetime(2026, 3, 1, 0, 1, 30, tzinfo=UTC)


class TestSystemClock:
    def test_is_aware_and_in_utc(self):
        assert SystemClock().now().tzinfo is UTC


class TestToUtc:
    def test_an_offset_is_converted_and_none_means_utc(self):
        east = timezone(timedelta(hours=2))
        assert to_utc(datetime(2026, 3, 1, 2, tzinfo=east)) == datetime(2026, 3, 1, tzinfo=UTC)
        assert to_utc(datetime(2026, 3, 1, tzinfo=east)).tzinfo is UTC
        assert to_utc(datetime(2026, 3, 1)) == datetime(2026, 3, 1, tzinfo=UTC)  # noqa: DTZ001
