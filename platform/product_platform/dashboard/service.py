"""Analytics of an organization's scans."""

from datetime import timedelta
from uuid import UUID

from product_platform.brands import Brands
from product_platform.dashboard.errors import (
    BrandOfOthersError,
    OrganizationAmbiguousError,
    WindowInvalidError,
)
from product_platform.dashboard.repository import Selection
from product_platform.dashboard.schemas import DayScans, ProductScans, ScanFilters, ScanReport, Window
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.permissions import Permission, Principal

_DAYS = timedelta(days=30)
# Every day of the window is listed, so it has an end.
_MOST_DAYS = timedelta(days=3660)


class Analytics:
    """Reports on scans, from the roll-ups."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def report_scans(
        self, connection: Connection, filters: ScanFilters, *, principal: Principal
    ) -> ScanReport:
        """Return what was scanned of an organization, or of one of its brands."""
        organization_id = filters.organization_id or _only_organization(principal)
        principal.require(Permission.VIEW, organization_id, hidden=True)
        window = self._read_window(filters)
        await self._check_brand(connection, filters.brand_id, organization_id)
        selection = Selection(
            organization_id=organization_id,
            since=window.since,
            until=window.until,
            brand_id=filters.brand_id,
        )
        totals = await selection.fetch_totals(connection)
        top = await selection.fetch_top(connection, filters.top)
        countries = await selection.fetch_by_country(connection)
        days = await selection.fetch_by_day(connection)
        return ScanReport(
            organization_id=organization_id,
            window=window,
            total_scans=totals["scans"],
            billable_scans=totals["scans"] - totals["bot_scans"],
            bot_scans=totals["bot_scans"],
            top_products=[ProductScans.model_validate(dict(row)) for row in top],
            by_country={row["country"]: row["scans"] for row in countries},
            by_day=[DayScans.model_validate(dict(row)) for row in days],
        )

    def _read_window(self, filters: ScanFilters) -> Window:
        today = self._clock.now().date()
        window = Window(since=filters.since or today - _DAYS, until=filters.until or today)
        if window.since > window.until:
            raise WindowInvalidError("since is later than until.", "window_ends_before_it_starts")
        if window.until - window.since > _MOST_DAYS:
            raise WindowInvalidError(f"A window has {_MOST_DAYS.days} days at most.", "window_too_long")
        return window

    async def _check_brand(
        self, connection: Connection, brand_id: UUID | None, organization_id: UUID
    ) -> None:
        if brand_id is None:
            return
        brand = await Brands(self._clock).find(connection, brand_id)
        if brand is None or brand.organization_id != organization_id:
            raise BrandOfOthersError(brand_id)


def _only_organization(principal: Principal) -> UUID:
    if len(principal.organizations) != 1:
        raise OrganizationAmbiguousError
    return next(iter(principal.organizations))
