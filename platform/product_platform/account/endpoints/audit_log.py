"""Who wrote what in an organization."""

from typing import Annotated

from fastapi import APIRouter, Query

from product_platform.account.schemas import AuditEntryOut, AuditFilters
from product_platform.account.service.audit_log import list_entries
from product_platform.kit.http import ConnectionDep, PrincipalDep
from product_platform.kit.ids import ShortId
from product_platform.kit.pagination import Page, PageDep

router = APIRouter()


@router.get("/organizations/{organization_id}/audit-log")
async def list_audit_log(
    organization_id: ShortId,
    principal: PrincipalDep,
    connection: ConnectionDep,
    query: PageDep,
    filters: Annotated[AuditFilters, Query()],
) -> Page[AuditEntryOut]:
    """List what was written in an organization and by whom, the latest first."""
    page = await list_entries(
        connection, query, organization_id=organization_id, principal=principal, filters=filters
    )
    return page.map(AuditEntryOut.model_validate)
