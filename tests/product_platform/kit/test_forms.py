from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import APIRouter
from pydantic import BaseModel

from product_platform.kit.http import create_domain_app
from product_platform.kit.metadata import Metadata
from product_platform.kit.services import Services
from tests.product_platform.clients import make_client

pytestmark = pytest.mark.servers

router = APIRouter()


class Key(BaseModel):
    name: str | None = None
    is_active: bool | None = None
    limit: int | None = None
    metadata: Metadata | None = None


class Parse(BaseModel):
    url: str


@router.patch("/keys")
async def patch_key(body: Key) -> dict:
    return body.model_dump(exclude_unset=True)


@router.post("/parse")
async def parse(body: Parse) -> Parse:
    return body


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    async with make_client(create_domain_app("Trial", router), services) as client:
        yield client


FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class TestForms:
    @pytest.mark.parametrize(
        ("form", "read"),
        [
            ("metadata[sku]=A2&metadata[site]=", {"metadata": {"sku": "A2", "site": ""}}),
            ("metadata%5Bsku%5D=A%202", {"metadata": {"sku": "A 2"}}),
            ("metadata=", {"metadata": {}}),
            ("name=ERP&is_active=false&limit=5", {"name": "ERP", "is_active": False, "limit": 5}),
            ("name=%C3%A9", {"name": "é"}),
            ("", {}),
        ],
    )
    async def test_says_the_same_as_json(self, client, form, read):
        answer = await client.patch("/keys", content=form, headers=FORM)
        assert (answer.status_code, answer.json()) == (200, read)

    async def test_the_rules_of_metadata_hold(self, client):
        answer = await client.patch("/keys", content=f"metadata[{'k' * 41}]=x", headers=FORM)
        assert answer.status_code == 422
        assert answer.json()["error"]["details"][0]["field"] == f"metadata.{'k' * 41}"

    async def test_what_is_no_metadata_is_invalid(self, client):
        answer = await client.patch("/keys", content="metadata=x", headers=FORM)
        assert answer.json()["error"]["details"][0]["field"] == "metadata"

    async def test_what_is_no_text_is_a_bad_request(self, client):
        answer = await client.patch("/keys", content=b"name=%ff", headers=FORM)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")

    async def test_an_object_without_metadata_takes_no_form(self, client):
        answer = await client.post("/parse", content="url=x", headers=FORM)
        assert answer.status_code == 415
