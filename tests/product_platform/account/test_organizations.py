import pytest

from product_platform.account.errors import EmailTakenError
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Role
from tests.product_platform.account.conftest import (
    add_member,
    make_organization,
    make_user,
    make_user_key,
)
from tests.product_platform.account.test_authentication import make_organization_key
from tests.product_platform.catalogue import clear_outbox, read_outbox

pytestmark = pytest.mark.servers

UNKNOWN = "2" * 22
BODY = {"name": "Meadow", "country": "se"}


def fields_of(answer) -> list[str]:
    assert answer.status_code == 422
    return [detail["field"] for detail in answer.json()["error"]["details"]]


@pytest.fixture
def path(organization) -> str:
    return f"/organizations/{to_short(organization.id)}"


@pytest.fixture
async def editor(services, organization, client_of):
    member = await make_user(services, "ed@example.com")
    await add_member(services, organization, member, Role.EDITOR)
    return await client_of(await make_user_key(services, member))


@pytest.fixture
async def stranger(services, client_of):
    return await client_of(await make_user_key(services, await make_user(services, "eve@example.com")))


class TestCreateUser:
    async def test_an_address_is_taken_in_any_case(self, services, user):
        with pytest.raises(EmailTakenError):
            await make_user(services, user.email.upper())

    async def test_a_user_is_found_by_an_address_in_any_case(self, accounts, services, user):
        async with services.database.transaction() as connection:
            assert await accounts.find_user(connection, user.email.upper()) == user
            assert await accounts.find_user(connection, "nobody@example.com") is None


class TestWhoami:
    async def test_a_user_key_tells_the_user_and_all_organizations_by_name(
        self, client_of, services, user, organization
    ):
        other = await make_organization(services, user, "A first one")
        client = await client_of(await make_user_key(services, user))
        answer = (await client.get("/whoami")).json()
        key = answer.pop("api_key")
        assert answer == {
            "user_id": to_short(user.id),
            "email": "ana@example.com",
            "organizations": [
                {"id": to_short(other.id), "name": "A first one"},
                {"id": to_short(organization.id), "name": "Ana's Oats"},
            ],
            "metadata": {},
        }
        assert (key["role"], key["created"]) == ("owner", "2026-03-01T12:00:00Z")
        assert set(key) == {"id", "role", "description", "created", "metadata"}

    async def test_an_organization_key_tells_its_creator_and_its_organization(
        self, client_of, services, user, organization
    ):
        await make_organization(services, user, "Another")
        client = await client_of(await make_organization_key(services, organization, user))
        answer = (await client.get("/whoami")).json()
        assert answer["user_id"] == to_short(user.id)
        assert [one["name"] for one in answer["organizations"]] == ["Ana's Oats"]


class TestCreateOrganization:
    async def test_the_creator_owns_it(self, client, client_of, services, user):
        answer = await client.post("/organizations", json={**BODY, "metadata": {"a": "1", "b": ""}})
        assert answer.status_code == 200
        body = answer.json()
        assert body == {
            "id": body["id"],
            "name": "Meadow",
            "country": "SE",
            "is_brand": False,
            "metadata": {"a": "1"},
        }
        owner = await client_of(await make_user_key(services, user))
        assert (await owner.patch(f"/organizations/{body['id']}", json={"name": "M"})).status_code == 200

    async def test_the_edges_hear_of_it(self, client, services):
        await clear_outbox(services.database)
        answer = await client.post("/organizations", json=BODY)
        assert await read_outbox(services.database) == {f"org/{answer.json()['id']}"}

    @pytest.mark.parametrize(
        ("body", "fields"),
        [
            ({}, ["name", "country"]),
            ({"name": "  ", "country": "CA"}, ["name"]),
            ({"name": "x" * 256, "country": "CA"}, ["name"]),
            ({"name": "x", "country": "XX"}, ["country"]),
            ({"name": "x", "country": "Canada", "is_brand": "perhaps"}, ["country", "is_brand"]),
            ({**BODY, "metadata": {str(number): "x" for number in range(51)}}, ["metadata"]),
        ],
    )
    async def test_wrong_fields_are_named(self, client, body, fields):
        assert fields_of(await client.post("/organizations", json=body)) == fields

    async def test_an_organization_key_cannot_create_one(self, client_of, services, user, organization):
        client = await client_of(await make_organization_key(services, organization, user))
        assert (await client.post("/organizations", json=BODY)).status_code == 403


class TestListOrganizations:
    async def test_only_the_callers_own_are_listed_in_the_order_asked_for(
        self, client_of, services, user, organization, clock
    ):
        clock.advance(60)
        await make_organization(services, user, "A later one")
        await make_organization(services, await make_user(services, "eve@example.com"), "Eve's")
        client = await client_of(await make_user_key(services, user))
        by_name = (await client.get("/organizations")).json()
        assert [one["name"] for one in by_name["data"]] == ["A later one", "Ana's Oats"]
        assert by_name["pagination"] == {
            "page": 1,
            "page_size": 25,
            "total_count": 2,
            "total_pages": 1,
            "has_next": False,
            "has_previous": False,
        }
        by_age = (await client.get("/organizations?ordering=-created&page_size=1")).json()
        assert [one["name"] for one in by_age["data"]] == ["A later one"]
        assert by_age["pagination"]["has_next"]

    async def test_an_unknown_order_is_invalid(self, client):
        assert fields_of(await client.get("/organizations?ordering=country")) == ["query.ordering"]

    @pytest.mark.parametrize("page", [2, 10**30])
    async def test_a_page_past_the_end_is_empty(self, client, page):
        answer = await client.get(f"/organizations?page={page}")
        assert (answer.status_code, answer.json()["data"]) == (200, [])

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("metadata[sku]=A1", 1),
            ("metadata[sku]=A1&metadata[site]=north", 1),
            ("metadata[sku]=A1&metadata[site]=south", 0),
            ("metadata[sku]=", 0),
        ],
    )
    async def test_metadata_select(self, client, path, query, count):
        await client.patch(path, json={"metadata": {"sku": "A1", "site": "north"}})
        answer = await client.get(f"/organizations?{query}")
        assert answer.json()["pagination"]["total_count"] == count


class TestGetOrganization:
    async def test_a_member_sees_it_by_either_form_of_its_id(self, client, organization, path):
        short = await client.get(path)
        assert short.status_code == 200
        canonical = await client.get(f"/organizations/{str(organization.id).upper()}")
        assert canonical.json() == short.json()

    async def test_a_stranger_does_not(self, stranger, path):
        assert (await stranger.get(path)).status_code == 404

    async def test_an_unknown_one_is_not_found(self, client):
        assert (await client.get(f"/organizations/{UNKNOWN}")).status_code == 404

    async def test_a_deleted_one_is_not_found(self, client, services, path):
        await services.database.pool.execute("UPDATE organizations SET deleted_at = now()")
        assert (await client.get(path)).status_code == 404


class TestUpdateOrganization:
    @pytest.mark.parametrize("method", ["PUT", "PATCH"])
    async def test_only_what_is_sent_changes(self, client, path, method):
        answer = await client.request(method, path, json={"country": "de", "name": None, "is_brand": True})
        assert answer.status_code == 200
        assert (answer.json()["name"], answer.json()["country"]) == ("Ana's Oats", "DE")
        assert (await client.get(path)).json() == answer.json()

    async def test_metadata_are_merged_and_an_empty_map_clears_them(self, client, path):
        stored = {"sku": "A1", "warehouse": "east"}
        await client.patch(path, json={"metadata": stored})
        assert (await client.patch(path, json={"name": "New"})).json()["metadata"] == stored
        sent = {"sku": "A2", "warehouse": "", "campaign": "q3"}
        merged = (await client.patch(path, json={"metadata": sent})).json()["metadata"]
        assert merged == {"sku": "A2", "campaign": "q3"}
        assert (await client.patch(path, json={"metadata": {}})).json()["metadata"] == {}

    async def test_the_edges_hear_of_a_new_name_only(self, client, services, organization, path):
        await clear_outbox(services.database)
        await client.patch(path, json={"country": "DE", "name": organization.name})
        assert await read_outbox(services.database) == set()
        await client.patch(path, json={"name": "New"})
        assert await read_outbox(services.database) == {f"org/{to_short(organization.id)}"}

    async def test_an_editor_is_forbidden_and_a_stranger_sees_nothing(self, editor, stranger, path):
        assert (await editor.patch(path, json={"name": "x"})).status_code == 403
        assert (await stranger.patch(path, json={"name": "x"})).status_code == 404

    async def test_the_body_is_judged_before_the_permission(self, editor, stranger, path):
        assert fields_of(await editor.patch(path, json={"country": "XX"})) == ["country"]
        assert fields_of(await stranger.patch(path, json={"country": "XX"})) == ["country"]
