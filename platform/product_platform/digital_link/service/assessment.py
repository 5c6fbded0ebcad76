"""Which state a serial number deserves, by the word of its owner and by its scans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import combinations, pairwise
from math import asin, ceil, cos, radians, sin, sqrt
from typing import Final, NamedTuple

from product_platform.digital_link.repository.verification import Place, RetailerScan
from product_platform.products import Serial
from rules_compiler.model import SerialState

_EARTH_RADIUS_KM: Final = 6371.0
_HOUR: Final = timedelta(hours=1)


class AnomalyType(StrEnum):
    """What is strange about the scans of a serial."""

    SERIAL_CONFLICT = "serial_conflict"
    DUPLICATE_RETAIL_SCAN = "duplicate_retail_scan"
    IMPOSSIBLE_TRAVEL = "impossible_travel"
    SCAN_VELOCITY = "scan_velocity"


class Anomaly(NamedTuple):
    """One thing that is strange, in words, and the earlier scan that makes it so."""

    type: AnomalyType
    description: str
    prior: RetailerScan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What is not yet strange; `window` is how long scans are held against each other."""

    scans: int = 20
    speed_kmh: float = 900
    distance_km: float = 100
    window: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a serial; the scans of retailers are in order of time."""

    serial: Serial | None = None
    retailer_scans: Sequence[RetailerScan] = ()
    recent_consumer_scans: int = 0


class Assessment(NamedTuple):
    """The state, and every anomaly there is."""

    state: SerialState
    anomalies: tuple[Anomaly, ...]


_STATE_OF: Final = {
    AnomalyType.SERIAL_CONFLICT: SerialState.SERIALIZATION_ERROR,
    AnomalyType.DUPLICATE_RETAIL_SCAN: SerialState.COUNTERFEIT_SUSPECTED,
    AnomalyType.IMPOSSIBLE_TRAVEL: SerialState.SUSPECT,
    AnomalyType.SCAN_VELOCITY: SerialState.SUSPECT,
}
# The first that holds is the state.
_RANKING: Final = (
    SerialState.SERIALIZATION_ERROR,
    SerialState.COUNTERFEIT_SUSPECTED,
    SerialState.SUSPECT,
)


def assess(evidence: Evidence, thresholds: Thresholds) -> Assessment:
    """Return the state that *evidence* makes, and why."""
    found = (find(evidence, thresholds) for find in _FINDERS)
    anomalies = tuple(anomaly for anomaly in found if anomaly is not None)
    states: set[SerialState | None] = {_STATE_OF[anomaly.type] for anomaly in anomalies}
    states.add(evidence.serial.flag if evidence.serial is not None else None)
    return Assessment(next(filter(states.__contains__, _RANKING), SerialState.AUTHENTIC), anomalies)


def _find_conflict(evidence: Evidence, _thresholds: Thresholds) -> Anomaly | None:
    gtin = evidence.serial.conflicting_gtin if evidence.serial is not None else None
    if gtin is None:
        return None
    return Anomaly(
        AnomalyType.SERIAL_CONFLICT, f"The product {gtin} has this serial number in the same time."
    )


def _find_duplicate(evidence: Evidence, thresholds: Thresholds) -> Anomaly | None:
    for later, earlier in combinations(reversed(_placed(evidence)), 2):
        distance_km = _distance_km(earlier.place, later.place)
        if distance_km > thresholds.distance_km and later.scan.at - earlier.scan.at <= thresholds.window:
            words = f"Scanned by shops {distance_km:,.0f} km apart within {_hours(earlier, later)}."
            return Anomaly(AnomalyType.DUPLICATE_RETAIL_SCAN, words, earlier.scan)
    return None


def _find_travel(evidence: Evidence, thresholds: Thresholds) -> Anomaly | None:
    # If any two scans imply the speed, two that follow each other do: no way round is shorter.
    for later, earlier in pairwise(reversed(_placed(evidence))):
        distance_km = _distance_km(earlier.place, later.place)
        if distance_km > thresholds.speed_kmh * ((later.scan.at - earlier.scan.at) / _HOUR):
            words = f"Seen {distance_km:,.0f} km apart within {_hours(earlier, later)}."
            return Anomaly(AnomalyType.IMPOSSIBLE_TRAVEL, words, earlier.scan)
    return None


def _find_velocity(evidence: Evidence, thresholds: Thresholds) -> Anomaly | None:
    scans = evidence.recent_consumer_scans
    if scans <= thresholds.scans:
        return None
    hours = round(thresholds.window / _HOUR)
    return Anomaly(AnomalyType.SCAN_VELOCITY, f"Scanned {scans:,} times by shoppers within {hours} hours.")


_FINDERS: Final = (_find_conflict, _find_duplicate, _find_travel, _find_velocity)


class _Placed(NamedTuple):
    """A scan by a retailer, and where it was."""

    scan: RetailerScan
    place: Place


def _placed(evidence: Evidence) -> list[_Placed]:
    return [_Placed(scan, scan.place) for scan in evidence.retailer_scans if scan.place is not None]


def _hours(earlier: _Placed, later: _Placed) -> str:
    hours = max(1, ceil((later.scan.at - earlier.scan.at) / _HOUR))
    return "an hour" if hours == 1 else f"{hours} hours"


def _distance_km(one: Place, other: Place) -> float:
    """Return the length of the great circle between two places (haversine)."""
    latitudes = radians(one.latitude), radians(other.latitude)
    half_width = radians(other.longitude - one.longitude) / 2
    half_height = (latitudes[1] - latitudes[0]) / 2
    chord = sin(half_height) ** 2 + cos(latitudes[0]) * cos(latitudes[1]) * sin(half_width) ** 2
    return 2 * _EARTH_RADIUS_KM * asin(sqrt(min(1.0, chord)))
