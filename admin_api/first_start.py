"""Gives a new installation its owner: a user, a key for that user, and organizations to begin with."""

from redis.asyncio import Redis

from admin_api.demo.seed import seed
from admin_api.embedded.child import log_line
from admin_api.owner import Owner
from product_platform.account import Accounts, OrganizationCreate
from product_platform.digital_link import Publisher
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Connection, Database, connect
from product_platform.kit.ids import to_short
from product_platform.kit.pagination import PageQuery
from product_platform.kit.permissions import Principal
from product_platform.kit.quotas import UNLIMITED, Quotas
from product_platform.kit.settings import PlatformSettings
from product_platform.products import Products

_EMAIL = "owner@localhost"
_ORGANIZATION = OrganizationCreate(name="My organization", country="CA", is_brand=True)


async def make_owner(settings: PlatformSettings, *, with_demo: bool) -> Owner:
    """Return a new key of the installation's owner, who is made where there is none.

    The owner gets the demo companies, or else one empty organization. Doing it again, or after a crash,
    adds what is missing. The demo is published before this returns: an edge that starts then serves it.
    """
    clock = SystemClock()
    accounts = Accounts(clock)
    database = await Database.open(settings.database_url, max_connections=2)
    try:
        async with database.transaction() as connection:
            api_key = await _issue_key(accounts, connection)
        principal = await _identify(accounts, database, api_key)
        if with_demo:
            for problem in await seed(database, clock, principal=principal):
                log_line("up", f"demo line {problem.line}: {problem.message}")
            await _publish(settings)
        elif not principal.organizations:
            async with database.transaction() as connection:
                await accounts.create_own_organization(connection, _ORGANIZATION, principal=principal)
        principal = await _identify(accounts, database, api_key)
        async with database.transaction() as connection:
            organization_id = await _find_first_organization(accounts, connection, principal)
    finally:
        await database.close()
    return Owner(api_key, organization_id, has_demo=with_demo)


async def _issue_key(accounts: Accounts, connection: Connection) -> str:
    user = await accounts.find_user(connection, _EMAIL)
    user = user or await accounts.create_user(connection, _EMAIL, name="Owner")
    _, api_key = await accounts.keys.issue_to_user(
        connection, user.id, name="signpost up", quotas=Quotas(UNLIMITED, UNLIMITED)
    )
    return api_key


async def _identify(accounts: Accounts, database: Database, api_key: str) -> Principal:
    credential = await accounts.authenticate(database, api_key)
    if credential is None:
        raise LookupError("the owner's new key is not accepted")
    return credential.principal


async def _find_first_organization(accounts: Accounts, connection: Connection, principal: Principal) -> str:
    page = await accounts.list_organizations(
        connection, PageQuery(), principal=principal, metadata={}, ordering="created"
    )
    return to_short(page.data[0].id)


async def _publish(settings: PlatformSettings) -> None:
    connection = await connect(settings.database_url)
    try:
        async with Redis.from_url(settings.redis_url) as bus:
            publisher = Publisher(
                connection, bus, load_facts=Products.facts, min_claim_tier=settings.edge_min_claim_tier
            )
            await publisher.lock()
            while await publisher.publish_once() is not None:
                pass
    finally:
        await connection.close()
