"""What can be done in the domain."""

from uuid import UUID

from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery
from product_platform.kit.permissions import Permission, Principal
from product_platform.new_domain import repository
from product_platform.new_domain.errors import ItemNotFoundError
from product_platform.new_domain.models import Item
from product_platform.new_domain.schemas import ItemFilters


class NewDomain:
    """Reads items, in the transaction of the connection that it is given."""

    async def list_items(
        self, connection: Connection, query: PageQuery, *, filters: ItemFilters, principal: Principal
    ) -> Page[Item]:
        """Return a page of an organization's items; raises OrganizationNotFoundError for strangers."""
        principal.require(Permission.VIEW, filters.organization_id)
        return await repository.fetch_list(connection, query, filters=filters)

    async def get(self, connection: Connection, item_id: UUID, *, principal: Principal) -> Item:
        """Return the item with this id; raises ItemNotFoundError for strangers, too."""
        item = await repository.find(connection, item_id)
        if item is None or not principal.can(Permission.VIEW, item.organization_id):
            raise ItemNotFoundError(item_id)
        return item
