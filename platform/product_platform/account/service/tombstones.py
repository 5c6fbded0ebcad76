"""Deleting an organization, which can be undone for a while, and what becomes of it in the end."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from product_platform.account.errors import ReauthenticationRequiredError
from product_platform.account.events import OrganizationDeleted, OrganizationPurged, OrganizationRestored
from product_platform.account.repository import api_keys, organizations
from product_platform.account.repository.organizations import VisibleOrganizations
from product_platform.account.service.accounts import announce_organization
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.events import Events
from product_platform.kit.jobs import JobRun, enqueue
from product_platform.kit.permissions import OrganizationNotFoundError, Principal

KEPT: Final = timedelta(days=90)
"""How long a deleted organization can be brought back."""

PURGE: Final = "account.purge"
"""The job that ends this time."""


class Tombstones:
    """Deletes, restores and purges organizations; other domains hear of it in the same transaction."""

    def __init__(self, clock: Clock, events: Events) -> None:
        self._clock = clock
        self._events = events

    async def bury(
        self, connection: Connection, organization_id: UUID, *, principal: Principal, reauth_minutes: int
    ) -> None:
        """Delete an organization: its keys are revoked, its rules answer nobody, what it owned is unclaimed.

        Raises ReauthenticationRequiredError when a person gave the password longer than
        *reauth_minutes* ago, where the organization demands that.
        """
        visible = VisibleOrganizations(connection, principal)
        organization = await visible.get_to_manage(organization_id)
        at = self._clock.now()
        authenticated_at = principal.authenticated_at
        is_fresh = authenticated_at is None or at - authenticated_at < timedelta(minutes=reauth_minutes)
        if not is_fresh and await visible.requires_reauthentication(organization_id):
            raise ReauthenticationRequiredError(reauth_minutes)
        await visible.delete(organization_id, at=at)
        await api_keys.revoke_all(connection, organization_id)
        # First of all, for edges let nothing of an organization answer that is not there.
        await announce_organization(connection, organization.id)
        await self._events.announce(connection, OrganizationDeleted(organization_id, at))
        payload = {"organization_id": str(organization_id), "deleted_at": at.isoformat()}
        await enqueue(connection, PURGE, payload, organization_id=organization_id, at=at + KEPT)

    async def restore(self, connection: Connection, organization_id: UUID) -> None:
        """Bring a deleted organization back with its members, and what is still nobody's; keys stay revoked.

        Raises OrganizationNotFoundError when none was deleted, or too long ago.
        """
        at = self._clock.now()
        if not await organizations.restore(connection, organization_id, at=at):
            raise OrganizationNotFoundError(organization_id)
        await self._events.announce(connection, OrganizationRestored(organization_id, at))
        await announce_organization(connection, organization_id)

    async def purge(self, connection: Connection, organization_id: UUID, *, deleted_at: datetime) -> None:
        """Purge an organization that was deleted at that instant, and is still."""
        if await organizations.lock_deleted(connection, organization_id, deleted_at=deleted_at):
            at = self._clock.now()
            await self._events.announce(connection, OrganizationPurged(organization_id, at))
            await organizations.purge(connection, organization_id, at=at)


async def purge(run: JobRun) -> None:
    """Do a job of the kind `PURGE`."""
    tombstones = Tombstones(run.services.clock, run.services.events)
    payload = run.job.payload
    async with run.step() as step:
        await tombstones.purge(
            step.connection,
            UUID(payload["organization_id"]),
            deleted_at=datetime.fromisoformat(payload["deleted_at"]),
        )
        step.finish()
