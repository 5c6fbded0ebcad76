"""The API of the dashboard, mounted at /dashboard/api/v1."""

from typing import Annotated

from fastapi import APIRouter, Query

from product_platform.dashboard.schemas import ScanFilters, ScanReport
from product_platform.dashboard.service import Analytics
from product_platform.kit.dependencies import ConnectionDep, PrincipalDep, ServicesDep

router = APIRouter(tags=["dashboard"])


@router.get("/brand-analytics/scans")
async def report_scans(
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
    filters: Annotated[ScanFilters, Query()],
) -> ScanReport:
    """Count an organization's scans by product, country and day."""
    return await Analytics(services.clock).report_scans(connection, filters, principal=principal)
