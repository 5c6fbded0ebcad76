"""Gives a new installation its owner: a user, a key for that user, and an organization to begin with."""

from uuid import UUID

from admin_api.owner import Owner
from product_platform.account import Accounts, OrganizationCreate
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Database
from product_platform.kit.ids import to_short
from product_platform.kit.pagination import PageQuery

_EMAIL = "owner@localhost"
_ORGANIZATION = OrganizationCreate(name="My organization", country="CA", is_brand=True)


async def make_owner(database_url: str) -> Owner:
    """Return a new key of the installation's owner, whom the first call creates with an organization."""
    accounts = Accounts(SystemClock())
    database = await Database.open(database_url, max_connections=2)
    try:
        async with database.transaction() as connection:
            user = await accounts.find_user(connection, _EMAIL)
            user = user or await accounts.create_user(connection, _EMAIL, name="Owner")
            _, api_key = await accounts.keys.issue_to_user(connection, user.id, name="signpost up")
        organization_id = await _find_first_organization(accounts, database, api_key)
        if organization_id is None:
            async with database.transaction() as connection:
                new = await accounts.create_organization(connection, _ORGANIZATION, owner_id=user.id)
                organization_id = new.id
    finally:
        await database.close()
    return Owner(api_key, to_short(organization_id))


async def _find_first_organization(accounts: Accounts, database: Database, api_key: str) -> UUID | None:
    credential = await accounts.authenticate(database, api_key)
    if credential is None:
        return None
    async with database.transaction() as connection:
        page = await accounts.list_organizations(
            connection, PageQuery(), principal=credential.principal, metadata={}, ordering="created"
        )
    return page.data[0].id if page.data else None
