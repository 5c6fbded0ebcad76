"""What becomes of rules and hosts when something happens to an organization."""

from product_platform.account import OrganizationDeleted, OrganizationPurged, OrganizationRestored
from product_platform.digital_link.service import organizations
from product_platform.kit.db import Connection
from product_platform.kit.events import Events


def subscribe(events: Events) -> None:
    """Have rules and hosts hear of what concerns them."""
    events.on(OrganizationDeleted, _on_changed)
    events.on(OrganizationRestored, _on_changed)
    events.on(OrganizationPurged, _on_purged)


async def _on_changed(connection: Connection, event: OrganizationDeleted | OrganizationRestored) -> None:
    await organizations.announce_hosts(connection, event.organization_id)


async def _on_purged(connection: Connection, event: OrganizationPurged) -> None:
    await organizations.forget(connection, event.organization_id)
