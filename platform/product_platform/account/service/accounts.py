"""Users, their organizations, and whom a key stands for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from product_platform.account.errors import EmailTakenError, UserRequiredError
from product_platform.account.models import Credential, Identity, Organization, User
from product_platform.account.repository import api_keys, organizations, users
from product_platform.account.repository.organizations import VisibleOrganizations
from product_platform.account.schemas import OrganizationCreate, OrganizationUpdate
from product_platform.account.service.api_keys import ApiKeys
from product_platform.account.service.invitations import Invitations
from product_platform.account.service.key_format import is_well_formed, to_hash
from product_platform.account.service.members import Members
from product_platform.account.service.passwords import Passwords
from product_platform.account.service.sessions import Sessions
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection, Database
from product_platform.kit.ids import to_short
from product_platform.kit.metadata import merge_metadata
from product_platform.kit.outbox import record_changes
from product_platform.kit.pagination import Page, PageQuery
from product_platform.kit.permissions import PERMISSIONS, KeyType, Principal, Role

_USE_WRITTEN_EVERY = timedelta(minutes=1)


class Accounts:
    """Creates and changes users and organizations, in the transaction of the connection it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.keys = ApiKeys(clock)
        self.members = Members(clock)
        self.invitations = Invitations(clock)
        self.sessions = Sessions(clock)
        self.passwords = Passwords(clock)

    async def create_user(self, connection: Connection, email: str, *, name: str = "") -> User:
        """Create a user; raises EmailTakenError."""
        user = await users.insert(connection, email, name=name, at=self._clock.now())
        if user is None:
            raise EmailTakenError(email)
        return user

    async def find_user(self, connection: Connection, email: str) -> User | None:
        """Return the user with this address, in whatever case it is written."""
        return await users.find_by_email(connection, email)

    async def find_owner(self, connection: Connection, organization_id: UUID) -> Principal | None:
        """Return the organization's first owner, acting in it alone: whom an operator acts as."""
        user_id = await users.find_first_owner(connection, organization_id)
        if user_id is None:
            return None
        return Principal(user_id=user_id, organizations={organization_id: PERMISSIONS[Role.OWNER]})

    async def identify(self, connection: Connection, principal: Principal) -> Identity:
        """Return the user who acts, what is visible to the caller, and the key of the request."""
        return Identity(
            user=await users.get(connection, principal.user_id),
            organizations=await VisibleOrganizations(connection, principal).fetch_all(),
            key=await api_keys.find_own(connection, principal),
        )

    async def list_organizations(
        self,
        connection: Connection,
        query: PageQuery,
        *,
        principal: Principal,
        metadata: Mapping[str, str],
        ordering: str,
    ) -> Page[Organization]:
        """Return a page of the organizations that the caller sees."""
        visible = VisibleOrganizations(connection, principal)
        return await visible.fetch_page(query, metadata=metadata, ordering=ordering)

    async def get_organization(
        self, connection: Connection, organization_id: UUID, *, principal: Principal
    ) -> Organization:
        """Return an organization that the caller sees; raises OrganizationNotFoundError."""
        return await VisibleOrganizations(connection, principal).get(organization_id)

    async def create_own_organization(
        self, connection: Connection, body: OrganizationCreate, *, principal: Principal
    ) -> Organization:
        """Create an organization that the caller owns; raises UserRequiredError for a business key."""
        if principal.key_type is KeyType.BUSINESS:
            raise UserRequiredError
        organization = await self.create_organization(connection, body, owner_id=principal.user_id)
        principal.acted_in.append(organization.id)
        return organization

    async def create_organization(
        self, connection: Connection, body: OrganizationCreate, *, owner_id: UUID
    ) -> Organization:
        """Create an organization that the user *owner_id* owns."""
        values = body.model_dump() | {"metadata": merge_metadata({}, body.metadata)}
        organization = await organizations.insert(connection, values, owner_id=owner_id, at=self._clock.now())
        await announce_organization(connection, organization.id)
        return organization

    async def update_organization(
        self,
        connection: Connection,
        organization_id: UUID,
        *,
        body: OrganizationUpdate,
        principal: Principal,
    ) -> Organization:
        """Change what the body sends; the edges hear of it when the name is new."""
        visible = VisibleOrganizations(connection, principal)
        old = await visible.get_to_manage(organization_id)
        changes: dict[str, Any] = body.model_dump(exclude_none=True, exclude={"metadata"})
        if "metadata" in body.model_fields_set:
            changes["metadata"] = merge_metadata(old.metadata, body.metadata)
        new = replace(old, **changes)
        await visible.store(new, at=self._clock.now())
        if new.name != old.name:
            await announce_organization(connection, new.id)
        return new

    async def authenticate(self, database: Database, raw_key: str) -> Credential | None:
        """Return whom a key stands for, or None for every reason that makes it a bad one."""
        if not is_well_formed(raw_key):  # costs no query
            return None
        async with database.pool.acquire() as connection:
            return await api_keys.find_credential(connection, to_hash(raw_key), at=self._clock.now())

    async def note_use(self, database: Database, credential: Credential) -> None:
        """Remember when the key was used, to the minute."""
        now = self._clock.now()
        if credential.last_used is not None and now - credential.last_used < _USE_WRITTEN_EVERY:
            return
        async with database.pool.acquire() as connection:
            await api_keys.write_use(connection, credential.key_id, at=now, unless_after=_USE_WRITTEN_EVERY)


async def announce_organization(connection: Connection, organization_id: UUID) -> None:
    """Say that what edges know of an organization has changed."""
    await record_changes(connection, [f"org/{to_short(organization_id)}"], organization_id)
