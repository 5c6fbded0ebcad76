"""Which state follows from flags and scans, in which order, and just where each begins."""

from datetime import UTC, datetime, timedelta

import pytest

from product_platform.digital_link.repository.verification import Place, RetailerScan
from product_platform.digital_link.service.assessment import Evidence, Thresholds, assess
from product_platform.products import Serial
from rules_compiler.model import SerialState

NOON = datetime(2026, 6, 8, 12, tzinfo=UTC)
VICTORIA = Place(48.4284, -123.3656)
VANCOUVER = Place(49.2827, -123.1207)  # 97 km away
SEATTLE = Place(47.6062, -122.3321)  # 119 km
BERLIN = Place(52.52, 13.405)
OTHER_GTIN = "09520000100018"


def scan(hours: float, place: Place | None, retailer: str = "Harbour Foods") -> RetailerScan:
    return RetailerScan(NOON + timedelta(hours=hours), retailer, place)


def flagged(flag: SerialState | None, conflicting_gtin: str | None = None) -> Serial:
    return Serial(state=SerialState.AUTHENTIC, flag=flag, conflicting_gtin=conflicting_gtin)


def judge(*scans: RetailerScan, serial: Serial | None = None, shoppers: int = 0) -> tuple[str, list[str]]:
    evidence = Evidence(serial=serial, retailer_scans=scans, recent_consumer_scans=shoppers)
    state, anomalies = assess(evidence, Thresholds())
    return state.value, [anomaly.type.value for anomaly in anomalies]


class TestAuthentic:
    def test_nothing_is_known(self) -> None:
        assert judge() == ("authentic", [])

    def test_scans_without_a_place_prove_nothing(self) -> None:
        assert judge(scan(0, None), scan(0.1, BERLIN), scan(0.2, None)) == ("authentic", [])


class TestSerializationError:
    def test_another_product_of_the_owner_has_the_serial(self) -> None:
        assert judge(serial=flagged(None, OTHER_GTIN)) == ("serialization_error", ["serial_conflict"])

    def test_it_comes_before_all_else(self) -> None:
        state, anomalies = judge(
            scan(0, VICTORIA), scan(1, BERLIN), serial=flagged(None, OTHER_GTIN), shoppers=21
        )
        assert state == "serialization_error"
        assert anomalies == [
            "serial_conflict",
            "duplicate_retail_scan",
            "impossible_travel",
            "scan_velocity",
        ]


class TestCounterfeitSuspected:
    def test_shops_far_apart_scan_it_within_a_day(self) -> None:
        state, anomalies = judge(scan(0, VICTORIA), scan(24, SEATTLE))
        assert (state, anomalies) == ("counterfeit_suspected", ["duplicate_retail_scan"])

    @pytest.mark.parametrize(
        ("hours", "place"), [(24, VANCOUVER), (24.01, SEATTLE)], ids=["too near", "too long ago"]
    )
    def test_nearer_or_later_is_ordinary(self, hours: float, place: Place) -> None:
        assert judge(scan(0, VICTORIA), scan(hours, place)) == ("authentic", [])

    def test_scans_between_do_not_hide_it(self) -> None:
        assert judge(scan(0, VICTORIA), scan(1, VICTORIA), scan(2, VANCOUVER), scan(3, SEATTLE))[1] == [
            "duplicate_retail_scan"
        ]

    def test_the_earlier_scan_is_named(self) -> None:
        evidence = Evidence(retailer_scans=(scan(0, VICTORIA), scan(2, SEATTLE, "Other")))
        (anomaly,) = assess(evidence, Thresholds()).anomalies
        assert anomaly.prior == scan(0, VICTORIA)
        assert anomaly.description == "Scanned by shops 119 km apart within 2 hours."


class TestSuspect:
    def test_nothing_travels_so_fast(self) -> None:
        thresholds = Thresholds(distance_km=20_000)
        evidence = Evidence(retailer_scans=(scan(0, VICTORIA), scan(2, BERLIN)))
        state, (anomaly,) = assess(evidence, thresholds)
        assert (state, anomaly.type) == ("suspect", "impossible_travel")
        assert anomaly.description == "Seen 8,070 km apart within 2 hours."

    def test_a_flight_is_fast_enough(self) -> None:
        evidence = Evidence(retailer_scans=(scan(0, VICTORIA), scan(9, BERLIN)))
        assert assess(evidence, Thresholds(distance_km=20_000)).state == "authentic"

    @pytest.mark.parametrize(("shoppers", "state"), [(20, "authentic"), (21, "suspect")])
    def test_shoppers_scan_it_too_often(self, shoppers: int, state: str) -> None:
        assert judge(shoppers=shoppers)[0] == state


class TestFlag:
    @pytest.mark.parametrize("state", [state for state in SerialState if state != "authentic"])
    def test_it_is_the_state_when_scans_say_nothing(self, state: SerialState) -> None:
        assert judge(serial=flagged(state)) == (state, [])

    def test_scans_may_say_worse(self) -> None:
        assert judge(scan(0, VICTORIA), scan(1, SEATTLE), serial=flagged(SerialState.SUSPECT))[0] == (
            "counterfeit_suspected"
        )

    def test_a_worse_flag_stands(self) -> None:
        assert judge(serial=flagged(SerialState.SERIALIZATION_ERROR), shoppers=21) == (
            "serialization_error",
            ["scan_velocity"],
        )
