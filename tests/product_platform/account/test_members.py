import asyncio

import pytest

from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Role
from tests.product_platform.account.conftest import add_member, make_organization, make_user, make_user_key

pytestmark = pytest.mark.servers


@pytest.fixture
def path(organization) -> str:
    return f"/organizations/{to_short(organization.id)}/members"


async def member_ids(client, path) -> dict[str, str]:
    answer = await client.get(path)
    return {member["user_email"]: member["id"] for member in answer.json()["data"]}


@pytest.fixture
async def other_owner(services, organization, client_of):
    bo = await make_user(services, "bo@example.com")
    await add_member(services, organization, bo, Role.OWNER)
    return await client_of(await make_user_key(services, bo))


class TestLastOwner:
    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    async def test_of_two_owners_who_unmake_each_other_one_stays(self, client, other_owner, path, method):
        ids = await member_ids(client, path)
        body = {"json": {"role": "editor"}} if method == "PUT" else {}
        answers = await asyncio.gather(
            client.request(method, f"{path}/{ids['bo@example.com']}", **body),
            other_owner.request(method, f"{path}/{ids['ana@example.com']}", **body),
        )
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [200 if method == "PUT" else 204, 409]
        assert (await client.get(f"{path}?role=owner")).json()["pagination"]["total_count"] == 1

    async def test_the_last_owner_cannot_leave(self, client, path):
        ids = await member_ids(client, path)
        answer = await client.delete(f"{path}/{ids['ana@example.com']}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")

    async def test_one_of_two_owners_can(self, client, other_owner, path):
        ids = await member_ids(client, path)
        assert (await other_owner.delete(f"{path}/{ids['bo@example.com']}")).status_code == 204


class TestInvite:
    async def test_of_two_invitations_at_once_one_makes_the_member(self, client, services, path):
        body = {"email": "new@example.com"}
        answers = await asyncio.gather(client.post(path, json=body), client.post(path, json=body))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert await services.database.pool.fetchval("SELECT count(*) FROM users") == 2

    async def test_of_a_refused_invitation_no_user_is_left(self, services, organization, client_of, path):
        ed = await make_user(services, "ed@example.com")
        await add_member(services, organization, ed, Role.EDITOR)
        editor = await client_of(await make_user_key(services, ed))
        assert (await editor.post(path, json={"email": "new@example.com"})).status_code == 403
        assert await services.database.pool.fetchval("SELECT count(*) FROM users") == 2


class TestRemove:
    async def test_a_removed_member_sees_nothing_and_the_keys_made_for_the_organization_stay(
        self, client, client_of, accounts, services, organization, path
    ):
        max_ = await make_user(services, "max@example.com")
        await add_member(services, organization, max_, Role.MANAGER)
        own_key = await make_user_key(services, max_)
        manager = await client_of(own_key)
        keys = path.replace("members", "api-keys")
        made = (await manager.post(keys, json={"name": "ERP"})).json()["key"]
        ids = await member_ids(client, path)
        assert (await client.delete(f"{path}/{ids['max@example.com']}")).status_code == 204
        after = await accounts.authenticate(services.database, own_key)
        assert after.principal.organizations == {}
        kept = await accounts.authenticate(services.database, made)
        assert set(kept.principal.organizations) == {organization.id}

    async def test_a_key_that_only_reads_does_not_leave_for_its_user(
        self, client, client_of, services, organization, path
    ):
        ed = await make_user(services, "ed@example.com")
        await add_member(services, organization, ed, Role.EDITOR)
        reading = await client_of(await make_user_key(services, ed, Role.READONLY))
        ids = await member_ids(client, path)
        assert (await reading.delete(f"{path}/{ids['ed@example.com']}")).status_code == 403

    async def test_the_member_of_another_organization_is_not_found(self, client, services, user, path):
        eve = await make_user(services, "eve@example.com")
        other = await make_organization(services, eve, "Eve's")
        member_id = await services.database.pool.fetchval(
            "SELECT id FROM memberships WHERE organization_id = $1", other.id
        )
        for method in ("GET", "DELETE"):
            assert (await client.request(method, f"{path}/{to_short(member_id)}")).status_code == 404
