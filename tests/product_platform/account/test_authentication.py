from datetime import UTC, datetime

import pytest

from product_platform.account import Accounts
from product_platform.account.schemas import ApiKeyCreate
from product_platform.account.service.key_format import checksum
from product_platform.kit.permissions import PERMISSIONS, KeyType, Permission, Principal, Role
from tests.product_platform.account.conftest import (
    add_member,
    make_organization,
    make_user,
    make_user_key,
)

pytestmark = pytest.mark.servers


async def make_organization_key(services, organization, user, **fields) -> str:
    owner = Principal(user_id=user.id, organizations={organization.id: PERMISSIONS[Role.OWNER]})
    async with services.database.transaction() as connection:
        _, raw_key = await Accounts(services.clock).keys.create(
            connection, organization.id, body=ApiKeyCreate(name="ERP", **fields), principal=owner
        )
    return raw_key


async def count_last_used(services) -> datetime | None:
    return await services.database.pool.fetchval("SELECT last_used FROM api_keys")


class TestAuthenticate:
    async def test_a_user_key_follows_the_user_through_all_organizations(self, accounts, services, user):
        first = await make_organization(services, user)
        second = await make_organization(services, await make_user(services, "bo@example.com"), "Bo's Bread")
        await add_member(services, second, user, Role.EDITOR)
        credential = await accounts.authenticate(services.database, await make_user_key(services, user))
        assert credential.principal == Principal(
            user_id=user.id,
            key_id=credential.key_id,
            key_type=KeyType.USER,
            organizations={first.id: PERMISSIONS[Role.OWNER], second.id: PERMISSIONS[Role.EDITOR]},
        )

    async def test_a_user_key_does_no_more_than_its_own_role(self, accounts, services, user, organization):
        raw_key = await make_user_key(services, user, Role.READONLY)
        credential = await accounts.authenticate(services.database, raw_key)
        assert credential.principal.organizations == {organization.id: frozenset({Permission.VIEW})}

    async def test_an_organization_key_sees_that_organization_alone(
        self, accounts, services, user, organization
    ):
        await make_organization(services, user, "Another")
        raw_key = await make_organization_key(services, organization, user, role="editor")
        credential = await accounts.authenticate(services.database, raw_key)
        assert credential.principal.user_id == user.id
        assert credential.principal.organizations == {organization.id: PERMISSIONS[Role.EDITOR]}

    async def test_a_key_expires_at_its_instant(self, accounts, services, user, organization, clock):
        raw_key = await make_organization_key(
            services, organization, user, expires_at="2026-03-01T14:00:00+01:00"
        )
        clock.advance(3599)
        assert await accounts.authenticate(services.database, raw_key) is not None
        clock.advance(1)
        assert await accounts.authenticate(services.database, raw_key) is None

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE api_keys SET is_active = false",
            "UPDATE organizations SET deleted_at = now()",
            "DELETE FROM api_keys",
        ],
    )
    async def test_a_key_is_worth_nothing_from_the_moment_it_is_withdrawn(
        self, accounts, services, user, organization, sql
    ):
        raw_key = await make_organization_key(services, organization, user)
        assert await accounts.authenticate(services.database, raw_key) is not None
        await services.database.pool.execute(sql)
        assert await accounts.authenticate(services.database, raw_key) is None

    async def test_a_user_key_ends_with_its_user(self, accounts, services, user, organization):
        user_key = await make_user_key(services, user)
        organization_key = await make_organization_key(services, organization, user)
        await services.database.pool.execute("UPDATE users SET is_active = false")
        assert await accounts.authenticate(services.database, user_key) is None
        assert await accounts.authenticate(services.database, organization_key) is not None

    async def test_a_removed_member_loses_the_organization_at_once(
        self, accounts, services, user, organization
    ):
        raw_key = await make_user_key(services, user)
        await services.database.pool.execute("DELETE FROM memberships")
        credential = await accounts.authenticate(services.database, raw_key)
        assert credential.principal.organizations == {}

    async def test_a_wrong_checksum_never_reaches_the_database(self, accounts):
        # A database of None would fail on any use.
        body = "q7Zt2LmVx9Kc4RbN8sWd1HyPf6JgTe3U"
        assert await accounts.authenticate(None, f"csb_{body}_00000000") is None

    async def test_a_well_formed_key_that_was_never_issued_is_bad(self, accounts, services):
        body = "a" * 32
        assert await accounts.authenticate(services.database, f"csb_{body}_{checksum(body)}") is None


class TestNoteUse:
    async def test_the_use_is_written_at_most_once_a_minute(self, accounts, services, user, clock):
        raw_key = await make_user_key(services, user)
        seen = []
        for _ in range(3):
            credential = await accounts.authenticate(services.database, raw_key)
            await accounts.note_use(services.database, credential)
            seen.append(await count_last_used(services))
            clock.advance(30)
        assert [at.minute * 60 + at.second for at in seen] == [0, 0, 60]
        assert seen[0] == datetime(2026, 3, 1, 12, tzinfo=UTC)

    async def test_of_two_that_saw_the_same_past_one_writes(self, accounts, services, user, clock):
        credential = await accounts.authenticate(services.database, await make_user_key(services, user))
        await accounts.note_use(services.database, credential)
        clock.advance(30)
        await accounts.note_use(services.database, credential)
        assert await count_last_used(services) == datetime(2026, 3, 1, 12, tzinfo=UTC)
