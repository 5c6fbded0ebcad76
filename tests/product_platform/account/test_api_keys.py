import pytest

from product_platform.account.service.key_format import is_well_formed, to_hash
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import PERMISSIONS, Permission, Role
from tests.product_platform.account.conftest import (
    add_member,
    make_organization,
    make_user,
    make_user_key,
)
from tests.product_platform.account.test_authentication import make_organization_key

pytestmark = pytest.mark.servers


@pytest.fixture
def path(organization) -> str:
    return f"/organizations/{to_short(organization.id)}/api-keys"


@pytest.fixture
async def stranger(services, client_of):
    eve = await make_user(services, "eve@example.com")
    await make_organization(services, eve, "Eve's")
    return await client_of(await make_user_key(services, eve))


async def create(client, path, **fields) -> dict:
    answer = await client.post(path, json={"name": "ERP", **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestCreateApiKey:
    async def test_the_key_is_shown_once_and_kept_as_a_hash(self, client, services, path):
        body = await create(client, path, role="editor")
        raw_key = body.pop("key")
        assert is_well_formed(raw_key)
        assert body == {
            "id": body["id"],
            "name": "ERP",
            "role": "editor",
            "description": "",
            "created": "2026-03-01T12:00:00Z",
            "metadata": {},
            "key_type": "csb",
            "is_active": True,
            "expires_at": None,
            "last_used": None,
            "rate_limit_per_minute": 0,
            "rate_limit_per_day": 0,
        }
        assert (await client.get(path)).json()["data"] == [body]
        row = await services.database.pool.fetchrow("SELECT * FROM api_keys WHERE name = 'ERP'")
        assert row["key_hash"] == to_hash(raw_key)
        assert raw_key not in str(dict(row))

    async def test_a_request_that_is_sent_again_makes_no_second_key_and_keeps_the_first_nowhere(
        self, client, services, path
    ):
        headers = {"Idempotency-Key": "k-1"}
        first = await client.post(path, json={"name": "ERP"}, headers=headers)
        again = await client.post(path, json={"name": "ERP"}, headers=headers)
        assert (first.status_code, first.headers["cache-control"], again.status_code) == (
            200,
            "no-store",
            409,
        )
        kept = await services.database.pool.fetch("SELECT * FROM idempotency_keys")
        assert first.json()["key"] not in str([dict(row) for row in kept])
        assert await services.database.pool.fetchval("SELECT count(*) FROM api_keys WHERE name = 'ERP'") == 1

    async def test_the_weakest_role_is_the_default(self, client, path):
        assert (await create(client, path))["role"] == "readonly"

    async def test_a_publishable_key_only_reads(self, client, path):
        body = await create(client, path, role="manager", key_type="cpk")
        assert (body["role"], body["key"][:4]) == ("readonly", "cpk_")

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "x" * 256}, "name"),
            ({"description": "x" * 256}, "description"),
            ({"role": "owner"}, "role"),
            ({"role": "viewer"}, "role"),
            ({"key_type": "csu"}, "key_type"),
            ({"rate_limit_per_minute": -1}, "rate_limit_per_minute"),
            ({"rate_limit_per_day": 2**31}, "rate_limit_per_day"),
            ({"expires_at": "2026-03-01T12:00:00Z"}, "expires_at"),
            ({"expires_at": "soon"}, "expires_at"),
        ],
    )
    async def test_a_wrong_field_is_named(self, client, path, fields, field):
        answer = await client.post(path, json={"name": "ERP", **fields})
        assert answer.status_code == 422
        assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]

    async def test_a_manager_key_makes_keys_as_strong_as_itself(
        self, client_of, services, user, organization, path
    ):
        manager = await client_of(await make_organization_key(services, organization, user, role="manager"))
        assert (await create(manager, path, role="manager"))["role"] == "manager"

    def test_whoever_may_make_keys_may_do_what_any_of_them_may(self):
        makers = [allowed for allowed in PERMISSIONS.values() if Permission.MANAGE_API_KEYS in allowed]
        for role in (Role.MANAGER, Role.EDITOR, Role.READONLY):
            assert all(PERMISSIONS[role] <= allowed for allowed in makers)

    async def test_members_without_the_permission_are_forbidden_and_strangers_see_nothing(
        self, client_of, services, organization, stranger, path
    ):
        billing = await make_user(services, "bill@example.com")
        await add_member(services, organization, billing, Role.BILLING)
        client = await client_of(await make_user_key(services, billing))
        assert (await client.post(path, json={"name": "x"})).status_code == 403
        assert (await client.get(path)).status_code == 403
        assert (await stranger.post(path, json={"name": "x"})).status_code == 404
        assert (await stranger.get(path)).status_code == 404


class TestListApiKeys:
    async def test_the_newest_comes_first(self, client, path, clock):
        for name in ("old", "new"):
            await create(client, path, name=name)
            clock.advance(1)
        assert [key["name"] for key in (await client.get(path)).json()["data"]] == ["new", "old"]

    async def test_metadata_select(self, client, path):
        await create(client, path, metadata={"env": "prod"})
        await create(client, path, metadata={"env": "test"})
        assert (await client.get(f"{path}?metadata[env]=test")).json()["pagination"]["total_count"] == 1

    async def test_the_keys_of_users_and_of_others_are_not_among_them(
        self, client, services, stranger, path, organization
    ):
        eve = await services.database.pool.fetchval("SELECT id FROM organizations WHERE name = 'Eve''s'")
        await create(stranger, f"/organizations/{to_short(eve)}/api-keys", name="Eve's key")
        assert (await client.get(path)).json()["data"] == []


class TestUpdateApiKey:
    async def test_only_what_is_sent_changes(self, client, path):
        key = await create(client, path, metadata={"a": "1"})
        sent = {"description": "sync", "name": None, "metadata": {"b": "2"}, "role": "manager"}
        answer = (await client.patch(f"{path}/{key['id']}", json=sent)).json()
        del key["key"]
        assert answer == {**key, "description": "sync", "metadata": {"a": "1", "b": "2"}}
        assert (await client.get(path)).json()["data"] == [answer]

    async def test_a_key_can_be_revoked_and_revived(self, client, client_of, accounts, services, path):
        key = await create(client, path)
        for is_active in (False, True):
            await client.patch(f"{path}/{key['id']}", json={"is_active": is_active})
            credential = await accounts.authenticate(services.database, key["key"])
            assert (credential is not None) is is_active

    async def test_the_key_of_another_organization_is_not_found(self, client, services, user, stranger, path):
        key = await create(client, path)
        eve = await services.database.pool.fetchval("SELECT id FROM organizations WHERE name = 'Eve''s'")
        own_path = f"/organizations/{to_short(eve)}/api-keys/{key['id']}"
        assert (await stranger.patch(own_path, json={"name": "mine"})).status_code == 404
        assert (await stranger.delete(own_path)).status_code == 404
        assert (await client.get(path)).json()["data"][0]["name"] == "ERP"


class TestDeleteApiKey:
    async def test_a_deleted_key_is_gone(self, client, accounts, services, path):
        key = await create(client, path)
        answer = await client.delete(f"{path}/{key['id']}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert await accounts.authenticate(services.database, key["key"]) is None
        assert (await client.delete(f"{path}/{key['id']}")).status_code == 404
