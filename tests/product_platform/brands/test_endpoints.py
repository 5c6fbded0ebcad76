from collections.abc import AsyncIterator, Callable
from uuid import UUID, uuid4

import httpx2
import pytest

from product_platform.brands import router
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Role
from product_platform.kit.services import Services
from tests.product_platform.catalogue import (
    clear_outbox,
    make_organization,
    make_principal,
    read_outbox,
)
from tests.product_platform.clients import make_app, make_client

pytestmark = pytest.mark.servers

MakeClient = Callable[..., httpx2.AsyncClient]


@pytest.fixture
async def organization(services: Services) -> UUID:
    return await make_organization(services.database)


@pytest.fixture
async def client(services: Services, organization: UUID) -> AsyncIterator[httpx2.AsyncClient]:
    """Act for the owner of the organization."""
    async with make_brands_client(services, organization) as client:
        yield client


def make_brands_client(
    services: Services, *organizations: UUID, role: Role = Role.OWNER
) -> httpx2.AsyncClient:
    app = make_app("Brands", router)
    return make_client(app, services, make_principal(*organizations, role=role))


async def create(client: httpx2.AsyncClient, organization: UUID, **fields: object) -> httpx2.Response:
    body = {"organization_id": to_short(organization), "name": "Havrefin", **fields}
    return await client.post("/brands", json=body)


async def make_unclaimed(services: Services, name: str, **columns: str) -> UUID:
    extra = "".join(f", {column}" for column in columns)
    values = "".join(f", '{value}'" for value in columns.values())
    brand: UUID = await services.database.pool.fetchval(
        f"INSERT INTO brands (name, name_key{extra}) VALUES ($1, lower($1){values}) RETURNING id", name
    )
    return brand


class TestCreateBrand:
    async def test_answers_the_whole_brand(self, client: httpx2.AsyncClient, organization: UUID) -> None:
        answer = await create(
            client, organization, name=" Havrefin ", website="https://havrefin.example", metadata={"erp": "7"}
        )
        assert answer.status_code == 201
        body = answer.json()
        assert body.pop("id")
        assert body == {
            "name": "Havrefin",
            "has_social_links": False,
            "created": "2026-03-01T12:00:00Z",
            "website": "https://havrefin.example",
            "description": "",
            "logo_url": None,
            "instagram": "",
            "facebook": "",
            "twitter": "",
            "linkedin": "",
            "youtube": "",
            "tiktok": "",
            "pinterest": "",
            "threads": "",
            "metadata": {"erp": "7"},
        }

    async def test_records_the_slice(
        self, client: httpx2.AsyncClient, services: Services, organization: UUID
    ) -> None:
        brand_id = (await create(client, organization)).json()["id"]
        assert await read_outbox(services.database) == {f"brand/{brand_id}"}

    async def test_a_claimed_name_is_taken_however_it_is_spelled(
        self, client: httpx2.AsyncClient, organization: UUID
    ) -> None:
        await create(client, organization, name="Hill Top")
        answer = await create(client, organization, name="hill  TOP")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")

    async def test_an_unclaimed_brand_is_linked_and_only_empty_fields_are_filled(
        self, client: httpx2.AsyncClient, services: Services, organization: UUID
    ) -> None:
        brand_id = await make_unclaimed(services, "Havrefin", description="Oats since 1911.")
        answer = await create(
            client, organization, name="HAVREFIN", description="New.", website="https://havrefin.example"
        )
        assert answer.status_code == 201
        body = answer.json()
        assert (body["id"], body["name"]) == (to_short(brand_id), "Havrefin")
        assert (body["description"], body["website"]) == ("Oats since 1911.", "https://havrefin.example")

    async def test_an_unknown_organization_is_not_found(self, client: httpx2.AsyncClient) -> None:
        assert (await create(client, uuid4())).status_code == 404

    async def test_an_editor_may_not(self, services: Services, organization: UUID) -> None:
        async with make_brands_client(services, organization, role=Role.EDITOR) as editor:
            assert (await create(editor, organization)).status_code == 403

    @pytest.mark.parametrize(
        ("field", "value"),
        [("name", "  "), ("name", "x" * 256), ("website", "havrefin.example"), ("metadata", {"a": 1})],
    )
    async def test_a_bad_field_is_named(
        self, client: httpx2.AsyncClient, organization: UUID, field: str, value: object
    ) -> None:
        answer = await create(client, organization, **{field: value})
        assert answer.status_code == 422
        assert answer.json()["error"]["details"][0]["field"].split(".")[0] == field

    async def test_without_a_credential_nothing_happens(self, services: Services, organization: UUID) -> None:
        async with make_client(make_app("Brands", router), services) as stranger:
            assert (await create(stranger, organization)).status_code == 401


class TestListBrands:
    async def names(self, client: httpx2.AsyncClient, query: str) -> list[str]:
        answer = await client.get(f"/brands?{query}")
        assert answer.status_code == 200
        return [brand["name"] for brand in answer.json()["data"]]

    async def test_filters_by_name_and_organization_and_orders(
        self, client: httpx2.AsyncClient, services: Services, organization: UUID
    ) -> None:
        await make_unclaimed(services, "Unclaimed Oats")
        for name in ("Oat Hill", "Birch", "Oat Brook"):
            await create(client, organization, name=name)
        short = to_short(organization)
        assert await self.names(client, "") == ["Birch", "Oat Brook", "Oat Hill", "Unclaimed Oats"]
        assert await self.names(client, f"organization_id={short}&name=OAT") == ["Oat Brook", "Oat Hill"]
        assert await self.names(client, "ordering=-name&page_size=1") == ["Unclaimed Oats"]

    async def test_an_unknown_ordering_is_refused(self, client: httpx2.AsyncClient) -> None:
        answer = await client.get("/brands?ordering=size")
        assert answer.status_code == 422
        assert answer.json()["error"]["details"][0]["field"] == "query.ordering"


class TestGetBrand:
    async def test_anyone_with_a_key_sees_it(
        self, client: httpx2.AsyncClient, services: Services, organization: UUID
    ) -> None:
        brand_id = (await create(client, organization)).json()["id"]
        async with make_brands_client(services) as stranger:
            assert (await stranger.get(f"/brands/{brand_id}")).json()["name"] == "Havrefin"

    @pytest.mark.parametrize(("brand_id", "status"), [(to_short(UUID(int=1)), 404), ("nonsense", 422)])
    async def test_what_does_not_exist_is_not_shown(
        self, client: httpx2.AsyncClient, brand_id: str, status: int
    ) -> None:
        assert (await client.get(f"/brands/{brand_id}")).status_code == status


class TestPatchBrand:
    @pytest.fixture
    async def brand_id(self, client: httpx2.AsyncClient, services: Services, organization: UUID) -> str:
        fields = {"description": "Oats.", "metadata": {"a": "1", "b": "2"}}
        brand_id: str = (await create(client, organization, **fields)).json()["id"]
        await clear_outbox(services.database)
        return brand_id

    async def test_changes_what_is_sent_and_leaves_the_rest(
        self, client: httpx2.AsyncClient, services: Services, brand_id: str
    ) -> None:
        answer = await client.patch(
            f"/brands/{brand_id}",
            json={"instagram": "havrefin", "name": None, "metadata": {"a": "", "c": "3"}},
        )
        assert answer.status_code == 200
        body = answer.json()
        assert (body["name"], body["instagram"], body["has_social_links"]) == ("Havrefin", "havrefin", True)
        assert (body["description"], body["metadata"]) == ("Oats.", {"b": "2", "c": "3"})
        assert await read_outbox(services.database) == {f"brand/{brand_id}"}

    async def test_an_empty_text_clears_and_null_metadata_clears_all(
        self, client: httpx2.AsyncClient, brand_id: str
    ) -> None:
        answer = await client.patch(f"/brands/{brand_id}", json={"description": "", "metadata": None})
        assert (answer.json()["description"], answer.json()["metadata"]) == ("", {})

    async def test_the_name_cannot_be_cleared(self, client: httpx2.AsyncClient, brand_id: str) -> None:
        assert (await client.patch(f"/brands/{brand_id}", json={"name": ""})).status_code == 422

    async def test_what_is_the_same_records_nothing(
        self, client: httpx2.AsyncClient, services: Services, brand_id: str
    ) -> None:
        await client.patch(f"/brands/{brand_id}", json={"description": "Oats."})
        assert await read_outbox(services.database) == set()

    async def test_the_name_of_another_brand_is_taken(
        self, client: httpx2.AsyncClient, organization: UUID, brand_id: str
    ) -> None:
        await create(client, organization, name="Birch")
        assert (await client.patch(f"/brands/{brand_id}", json={"name": "birch"})).status_code == 409

    async def test_an_editor_and_a_stranger_may_not(
        self, services: Services, organization: UUID, brand_id: str
    ) -> None:
        async with make_brands_client(services, organization, role=Role.EDITOR) as editor:
            assert (await editor.patch(f"/brands/{brand_id}", json={})).status_code == 403
        async with make_brands_client(services, uuid4()) as stranger:
            assert (await stranger.patch(f"/brands/{brand_id}", json={})).status_code == 403

    async def test_an_unclaimed_brand_is_nobodys_to_change(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        brand_id = await make_unclaimed(services, "Wild")
        assert (await client.patch(f"/brands/{to_short(brand_id)}", json={})).status_code == 403
