from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from product_platform.account.errors import LoginRefusedError, PasswordLinkBadError
from product_platform.account.service.tokens import to_csrf_token
from product_platform.kit.permissions import PERMISSIONS, Role
from tests.product_platform.account.conftest import add_member, make_organization, make_user

pytestmark = pytest.mark.servers

PASSWORD = "correct horse battery"


@pytest.fixture
async def token(accounts, services, user) -> str:
    await accounts.passwords.store(services.database, user.id, PASSWORD)
    token, _ = await accounts.sessions.open(services.database, user.email, PASSWORD)
    return token


class TestPasswords:
    async def test_a_password_is_kept_as_an_argon2id_hash(self, services, token):
        stored = await services.database.pool.fetchval("SELECT password_hash FROM users")
        assert stored.startswith("$argon2id$")
        assert PASSWORD not in stored

    @pytest.mark.parametrize(
        ("email", "password"),
        [
            ("ana@example.com", ""),
            ("ana@example.com", PASSWORD.upper()),
            ("ana@example.com", f"{PASSWORD} "),
            ("eve@example.com", PASSWORD),
        ],
    )
    async def test_whatever_is_wrong_is_refused_alike(self, accounts, services, token, email, password):
        with pytest.raises(LoginRefusedError) as refusal:
            await accounts.sessions.open(services.database, email, password)
        assert str(refusal.value) == "The e-mail address or the password is wrong."

    async def test_a_user_who_is_not_active_cannot_log_in(self, accounts, services, user, token):
        await services.database.pool.execute("UPDATE users SET is_active = false")
        with pytest.raises(LoginRefusedError):
            await accounts.sessions.open(services.database, user.email, PASSWORD)

    async def test_a_hash_with_weaker_parameters_is_replaced_at_the_next_login(
        self, accounts, services, user
    ):
        weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        await services.database.pool.execute("UPDATE users SET password_hash = $1", weak)
        await accounts.sessions.open(services.database, user.email, PASSWORD)
        stored = await services.database.pool.fetchval("SELECT password_hash FROM users")
        assert "m=64,t=2,p=1" in stored

    def test_a_guess_costs_what_rfc_9106_recommends(self, costly_hasher):
        assert (costly_hasher.memory_cost, costly_hasher.time_cost) == (65_536, 3)

    async def test_all_links_of_a_user_end_with_the_first_that_is_used(self, accounts, services, user):
        async with services.database.transaction() as connection:
            first, second = [
                await accounts.passwords.make_link(connection, user.id, lasts=timedelta(hours=1))
                for _ in range(2)
            ]
        await accounts.passwords.set_by_link(services.database, second, PASSWORD)
        for link in (first, second):
            with pytest.raises(PasswordLinkBadError):
                await accounts.passwords.set_by_link(services.database, link, "another password")


class TestSessions:
    async def test_a_session_sees_the_organizations_of_this_moment(
        self, accounts, services, user, organization, token, clock
    ):
        principal = await accounts.sessions.authenticate(services.database, token)
        assert principal.organizations == {organization.id: PERMISSIONS[Role.OWNER]}
        assert (principal.user_id, principal.key_id, principal.authenticated_at) == (
            user.id,
            None,
            clock.now(),
        )
        other = await make_organization(services, await make_user(services, "bo@example.com"), "Bo's")
        await add_member(services, other, user, Role.EDITOR)
        principal = await accounts.sessions.authenticate(services.database, token)
        assert set(principal.organizations) == {organization.id, other.id}

    async def test_only_the_hash_of_its_token_is_kept(self, services, token):
        assert token not in str([dict(row) for row in await services.database.pool.fetch("TABLE sessions")])

    async def test_it_ends_after_14_days(self, accounts, services, token, clock):
        clock.advance(timedelta(days=14).total_seconds() - 1)
        assert await accounts.sessions.authenticate(services.database, token) is not None
        clock.advance(1)
        assert await accounts.sessions.authenticate(services.database, token) is None

    async def test_it_ends_with_its_user(self, accounts, services, token):
        await services.database.pool.execute("UPDATE users SET is_active = false")
        assert await accounts.sessions.authenticate(services.database, token) is None

    async def test_those_that_are_over_leave_with_the_next_login(
        self, accounts, services, user, token, clock
    ):
        clock.advance(timedelta(days=15).total_seconds())
        await accounts.sessions.open(services.database, user.email, PASSWORD)
        assert await services.database.pool.fetchval("SELECT count(*) FROM sessions") == 1

    def test_the_csrf_token_tells_nothing_of_the_session(self):
        assert len({to_csrf_token("a"), to_csrf_token("b"), "a", "b"}) == 4
