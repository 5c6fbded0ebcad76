"""What becomes of brands when something happens to an organization."""

from product_platform.account import OrganizationDeleted, OrganizationPurged, OrganizationRestored
from product_platform.brands import service
from product_platform.kit.db import Connection
from product_platform.kit.events import Events


def subscribe(events: Events) -> None:
    """Have brands hear of what concerns them."""
    events.on(OrganizationDeleted, _on_deleted)
    events.on(OrganizationRestored, _on_restored)
    events.on(OrganizationPurged, _on_purged)


async def _on_deleted(connection: Connection, event: OrganizationDeleted) -> None:
    await service.release_all(connection, event.organization_id)


async def _on_restored(connection: Connection, event: OrganizationRestored) -> None:
    await service.take_back(connection, event.organization_id)


async def _on_purged(connection: Connection, event: OrganizationPurged) -> None:
    await service.forget_released(connection, event.organization_id)
