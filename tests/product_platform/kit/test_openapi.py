from typing import Annotated

import pytest
from fastapi import APIRouter, Header
from pydantic import BaseModel

from product_platform.kit.http import ConnectionDep, PrincipalDep, create_domain_app
from product_platform.kit.ids import ShortId
from product_platform.kit.metadata import Metadata, MetadataFilterDep
from product_platform.kit.openapi import REFUSALS
from product_platform.kit.preconditions import ConditionalDep

router = APIRouter(tags=["trial"])


class Brand(BaseModel):
    name: str
    note: str = ""
    metadata: Metadata = {}


@router.get("/brands/{brand_id}")
async def get_brand(brand_id: ShortId, _principal: PrincipalDep) -> Brand: ...


@router.put("/brands/{brand_id}")
@router.patch("/brands/{brand_id}")
async def update_brand(
    brand_id: ShortId, body: Brand, _principal: PrincipalDep, if_none_match: Annotated[str, Header()] = ""
) -> Brand: ...


@router.post("/brands", status_code=201)
async def create_brand(body: Brand, _principal: PrincipalDep) -> Brand: ...


@router.post("/brands/reorder")
async def reorder(_principal: PrincipalDep, _conditional: ConditionalDep) -> None: ...


@router.get("/public")
async def show(_connection: ConnectionDep, _metadata: MetadataFilterDep) -> Brand: ...


@pytest.fixture(scope="module")
def document() -> dict:
    return create_domain_app("Trial", router).openapi()


def operations(document: dict) -> dict[str, dict]:
    return {said["operationId"]: said for methods in document["paths"].values() for said in methods.values()}


def headers_of(said: dict) -> set[str]:
    references = (each.get("$ref", each.get("name", "")) for each in said.get("parameters", ()))
    return {reference.rpartition("/")[2] for reference in references}


class TestOperations:
    def test_have_the_names_of_their_functions(self, document):
        assert set(operations(document)) == {
            "get_brand",
            "update_brand",
            "update_brand_put",
            "create_brand",
            "reorder",
            "show",
        }

    @pytest.mark.parametrize(
        ("name", "statuses"),
        [
            ("get_brand", "200 400 401 403 404 422 429 500 503"),
            ("update_brand", "200 400 401 403 404 409 412 413 415 422 429 500 503"),
            ("create_brand", "201 400 401 403 404 409 413 415 422 429 500 503"),
            ("reorder", "200 400 401 403 404 409 412 422 429 500 503"),
            ("show", "200 400 401 404 422 429 500 503"),
        ],
    )
    def test_list_every_refusal(self, document, name, statuses):
        assert sorted(operations(document)[name]["responses"]) == statuses.split()

    @pytest.mark.parametrize(
        ("name", "headers"),
        [
            ("get_brand", {"brand_id", "If-None-Match"}),
            ("update_brand", {"brand_id", "If-Match", "Prefer", "if-none-match"}),
            ("create_brand", {"Idempotency-Key", "Prefer"}),
            ("reorder", {"Idempotency-Key", "Prefer", "If-Match"}),
            ("show", {"metadata", "If-None-Match"}),
        ],
    )
    def test_list_the_headers_that_they_heed(self, document, name, headers):
        assert headers_of(operations(document)[name]) == headers

    def test_list_the_headers_of_answers(self, document):
        headers = operations(document)["get_brand"]["responses"]["200"]["headers"]
        assert {"ETag", "RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-ID"} <= set(headers)

    def test_list_filters_by_metadata_as_they_are_written(self, document):
        [metadata] = [each for each in operations(document)["show"]["parameters"] if "name" in each]
        assert (metadata["style"], metadata["explode"]) == ("deepObject", True)

    def test_take_forms_where_there_is_metadata(self, document):
        content = operations(document)["create_brand"]["requestBody"]["content"]
        assert set(content) == {"application/json", "application/x-www-form-urlencoded"}

    def test_have_examples(self, document):
        said = operations(document)["create_brand"]
        assert said["requestBody"]["content"]["application/json"]["example"] == {"name": "Oat Hill"}
        assert said["responses"]["201"]["content"]["application/json"]["example"] == {
            "name": "Oat Hill",
            "note": "Launch",
            "metadata": {"sku": "A1"},
        }


class TestRefusals:
    @pytest.mark.parametrize("status", REFUSALS)
    def test_each_is_shown_in_both_forms(self, document, status):
        code = REFUSALS[status][0]
        response = document["components"]["responses"][code]
        envelope = response["content"]["application/json"]["example"]["error"]
        problem = response["content"]["application/problem+json"]["example"]
        assert (envelope["status"], envelope["code"]) == (status, code)
        assert (problem["status"], problem["error_code"]) == (status, code.lower())
        assert problem["retryable"] is (status in {429, 500, 503})
