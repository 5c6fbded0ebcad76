"""Whether a serial number is what it claims to be: its history, and the state that follows from it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from product_platform.digital_link.repository import verification
from product_platform.digital_link.repository.verification import ConsumerScans, RetailerScan
from product_platform.digital_link.schemas.serials import (
    AnomalyOut,
    PriorEventOut,
    ScanHistoryOut,
    VerificationOut,
)
from product_platform.digital_link.service.assessment import (
    Anomaly,
    Assessment,
    Evidence,
    Thresholds,
    assess,
)
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.permissions import Principal
from product_platform.kit.settings import PlatformSettings
from product_platform.products import Products, SerialName, Serials
from rules_compiler.model import SerialState

# So that a review is short; the others have their turn in a later one.
_REVIEWED_AT_ONCE: Final = 1_000


class Record(NamedTuple):
    """What is on record of a serial before this verification."""

    consumer: ConsumerScans
    retailer: list[RetailerScan]

    @property
    def first_at(self) -> datetime | None:
        """When the serial was first seen, None for never."""
        seen = [self.consumer.first_at, *(scan.at for scan in self.retailer[:1])]
        return min(filter(None, seen), default=None)


class Verified(NamedTuple):
    """The answer to one verification."""

    at: datetime
    record: Record
    assessment: Assessment


def read_thresholds(settings: PlatformSettings) -> Thresholds:
    """Return the thresholds that an operator has set."""
    return Thresholds(
        scans=settings.verification_scans,
        speed_kmh=settings.verification_speed_kmh,
        distance_km=settings.verification_distance_km,
        window=timedelta(hours=settings.verification_hours),
    )


class Verification:
    """Verifies serials, and publishes the state of each whose scans change it."""

    def __init__(self, clock: Clock, thresholds: Thresholds) -> None:
        self._clock = clock
        self._products = Products(clock)
        self._thresholds = thresholds

    async def verify(self, connection: Connection, name: SerialName, *, principal: Principal) -> Verified:
        """Return all that is known of a serial, and remember who asked if it was not the owner."""
        at = self._clock.now()
        record = await self._read(connection, name)
        retailer = await self._find_retailer(connection, name, principal)
        seen = list(record.retailer)
        if retailer is not None:
            await verification.insert_retailer_scan(connection, name, organization_id=retailer, at=at)
            seen.append(RetailerScan(at, "", None))
        assessment = await self._assess(connection, name, record._replace(retailer=seen))
        return Verified(at, record, assessment)

    async def notice(self, connection: Connection, names: Collection[SerialName]) -> None:
        """Publish the new state of those of *names* that shoppers have just scanned too often."""
        thresholds = self._thresholds
        since = self._clock.now() - thresholds.window
        for name in await verification.find_busy(connection, names, since=since, scans=thresholds.scans):
            await self._assess(connection, name, await self._read(connection, name))

    async def review(self, connection: Connection) -> None:
        """Take back warnings that scans once gave and would not give now; of too many, some."""
        for name in sorted(await Serials.fetch_suspected(connection, limit=_REVIEWED_AT_ONCE)):
            await self._assess(connection, name, await self._read(connection, name))

    async def _read(self, connection: Connection, name: SerialName) -> Record:
        since = self._clock.now() - self._thresholds.window
        return Record(
            await verification.read_consumer_scans(connection, name, since=since),
            await verification.fetch_retailer_scans(connection, name),
        )

    async def _assess(self, connection: Connection, name: SerialName, record: Record) -> Assessment:
        evidence = Evidence(
            serial=await Serials.find(connection, name),
            retailer_scans=record.retailer,
            recent_consumer_scans=record.consumer.recent,
        )
        assessment = assess(evidence, self._thresholds)
        await Serials.judge(connection, name, assessment.state)
        return assessment

    async def _find_retailer(
        self, connection: Connection, name: SerialName, principal: Principal
    ) -> UUID | None:
        """Return the organization that scans as a retailer, None for the owner and for unknown products."""
        product = await self._products.find(connection, name.gtin)
        if product is None or principal.sees(product.owner_id):
            return None
        return min(principal.organizations, default=None)


def to_out(asked: SerialName, verified: Verified) -> VerificationOut:
    """Return the answer to whoever *asked*, in the words of the contract."""
    state, anomalies = verified.assessment
    return VerificationOut(
        verification_status=state,
        gtin=asked.gtin,
        serial_number=asked.serial,
        verified_at=verified.at,
        recommendation="proceed" if state is SerialState.AUTHENTIC else "flag_for_review",
        scan_history=_to_history(verified.record),
        anomalies=[_to_anomaly(anomaly) for anomaly in anomalies],
    )


def _to_history(record: Record) -> ScanHistoryOut | None:
    consumer, retailer = record.consumer.total, len(record.retailer)
    if not consumer + retailer:
        return None
    return ScanHistoryOut(
        total_scans=consumer + retailer,
        consumer_scans=consumer,
        retailer_scans=retailer,
        distinct_retail_locations=len({scan.place for scan in record.retailer if scan.place}),
        first_seen=record.first_at,
    )


def _to_anomaly(anomaly: Anomaly) -> AnomalyOut:
    prior = anomaly.prior
    if prior is None:
        return AnomalyOut(type=anomaly.type, description=anomaly.description, prior_event=None)
    place = prior.place
    location = None if place is None else f"{place.latitude},{place.longitude}"
    event = PriorEventOut(location=location, retailer=prior.retailer, scanned_at=prior.at)
    return AnomalyOut(type=anomaly.type, description=anomaly.description, prior_event=event)
