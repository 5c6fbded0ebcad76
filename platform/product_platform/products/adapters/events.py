"""What becomes of products when something happens to an organization."""

from product_platform.account import OrganizationDeleted, OrganizationPurged, OrganizationRestored
from product_platform.kit.db import Connection
from product_platform.kit.events import Events
from product_platform.products.service import claims_of_organizations


def subscribe(events: Events) -> None:
    """Have products hear of what concerns them."""
    events.on(OrganizationDeleted, _on_deleted)
    events.on(OrganizationRestored, _on_restored)
    events.on(OrganizationPurged, _on_purged)


async def _on_deleted(connection: Connection, event: OrganizationDeleted) -> None:
    await claims_of_organizations.release_all(connection, event.organization_id)


async def _on_restored(connection: Connection, event: OrganizationRestored) -> None:
    await claims_of_organizations.take_back(connection, event.organization_id)


async def _on_purged(connection: Connection, event: OrganizationPurged) -> None:
    await claims_of_organizations.forget_released(connection, event.organization_id)
