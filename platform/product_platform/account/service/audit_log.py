"""Reading what the audit log has of an organization; nobody writes it, for every write does."""

from uuid import UUID

from product_platform.account.repository import audit_log
from product_platform.account.schemas import AuditFilters
from product_platform.kit.audit import AuditEntry
from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery
from product_platform.kit.permissions import Permission, Principal


async def list_entries(
    connection: Connection,
    query: PageQuery,
    *,
    organization_id: UUID,
    principal: Principal,
    filters: AuditFilters,
) -> Page[AuditEntry]:
    """Return a page of what was written in an organization whose members the caller manages."""
    principal.require(Permission.MANAGE_MEMBERS, organization_id)
    return await audit_log.fetch_log(connection, query, organization_id=organization_id, filters=filters)
