"""What becomes of products when something happens to an organization or a brand."""

from product_platform.account import OrganizationDeleted, OrganizationPurged, OrganizationRestored
from product_platform.brands import BrandDeleted, BrandWebsiteSet
from product_platform.kit.db import Connection
from product_platform.kit.events import Events
from product_platform.products.service import mass_claims
from product_platform.products.service.domains import request_domain_match


def subscribe(events: Events) -> None:
    """Have products hear of what concerns them."""
    events.on(OrganizationDeleted, _on_deleted)
    events.on(OrganizationRestored, _on_restored)
    events.on(OrganizationPurged, _on_purged)
    events.on(BrandDeleted, _on_brand_deleted)
    events.on(BrandWebsiteSet, _on_website_set)


async def _on_deleted(connection: Connection, event: OrganizationDeleted) -> None:
    await mass_claims.release_all(connection, event.organization_id)


async def _on_restored(connection: Connection, event: OrganizationRestored) -> None:
    await mass_claims.take_back(connection, event.organization_id)


async def _on_purged(connection: Connection, event: OrganizationPurged) -> None:
    await mass_claims.forget_released(connection, event.organization_id)


async def _on_brand_deleted(connection: Connection, event: BrandDeleted) -> None:
    await mass_claims.release_brand(connection, event.brand_id, event.organization_id)


async def _on_website_set(connection: Connection, event: BrandWebsiteSet) -> None:
    await request_domain_match(connection, event.organization_id, at=event.at)
