"""Every query of the domain."""

from uuid import UUID

from product_platform.kit.db import Connection
from product_platform.kit.listing import Listing
from product_platform.kit.pagination import Page, PageQuery
from product_platform.new_domain.models import Item
from product_platform.new_domain.schemas import ItemFilters

_ITEMS = "SELECT id, organization_id, name, created FROM new_domain_items"
_LIST = Listing(
    select=f"{_ITEMS} WHERE true",
    filters={"organization_id": "organization_id = {}"},
    orderings={"name": "name", "created": "created"},
)


async def find(connection: Connection, item_id: UUID) -> Item | None:
    """Return the item with this id."""
    row = await connection.fetchrow(f"{_ITEMS} WHERE id = $1", item_id)
    return None if row is None else Item(**row)


async def fetch_list(connection: Connection, query: PageQuery, *, filters: ItemFilters) -> Page[Item]:
    """Return a page of the items that pass the filters."""
    page = await _LIST.fetch(connection, query, filters)
    return page.map(lambda row: Item(**row))
