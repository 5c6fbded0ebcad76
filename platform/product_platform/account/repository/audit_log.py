"""What was written in an organization, and by whom."""

from uuid import UUID

from product_platform.account.schemas import AuditFilters
from product_platform.kit.audit import AuditEntry
from product_platform.kit.db import Connection
from product_platform.kit.listing import Listing
from product_platform.kit.pagination import Page, PageQuery

_LOG = Listing(
    select="SELECT * FROM audit_log WHERE organization_id = $1",
    filters={
        "action": "action = {}",
        "user_id": "user_id = {}",
        "key_id": "key_id = {}",
        "since": "at >= {}",
        "until": "at < {}",
    },
    orderings={"at": "at"},
)


async def fetch_log(
    connection: Connection, query: PageQuery, *, organization_id: UUID, filters: AuditFilters
) -> Page[AuditEntry]:
    """Return a page of the entries that pass *filters*."""
    page = await _LOG.fetch(connection, query, filters, [organization_id])
    return page.map(lambda row: AuditEntry(**row))
