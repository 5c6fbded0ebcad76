import hashlib
import uuid
from collections.abc import AsyncIterator
from typing import Annotated

import httpx2
import pytest
from fastapi import APIRouter, Query
from pydantic import BaseModel

from product_platform.kit.answers import refuses_in_problems
from product_platform.kit.dependencies import ReaderDep
from product_platform.kit.errors import ConflictError, Detail, InvalidError
from product_platform.kit.http import ConnectionDep, PrincipalDep, create_domain_app
from product_platform.kit.ids import ShortId
from product_platform.kit.metadata import Metadata, MetadataFilterDep
from product_platform.kit.pagination import PageDep
from product_platform.kit.permissions import KeyType, Principal
from product_platform.kit.services import Services
from tests.product_platform.clients import make_client

pytestmark = pytest.mark.servers

USER = Principal(user_id=uuid.UUID(int=1))
PUBLISHABLE = Principal(user_id=uuid.UUID(int=1), key_type=KeyType.PUBLISHABLE)

router = APIRouter()


class Part(BaseModel):
    gtin: str
    count: int


class Order(BaseModel):
    id: ShortId | None = None
    name: str = ""
    items: list[Part] = []
    metadata: Metadata = {}


@router.post("/orders")
async def create_order(body: Order, _principal: PrincipalDep) -> Order:
    return body


@router.post("/scans/")
async def create_scan(body: Order) -> Order:
    return body


@router.get("/orders")
async def list_orders(page: PageDep, metadata: MetadataFilterDep, limit: Annotated[int, Query()] = 0) -> dict:
    return {"page": page.page, "metadata": metadata, "limit": limit}


@router.get("/orders/{order_id}")
async def get_order(order_id: ShortId, _principal: PrincipalDep) -> dict[str, ShortId]:
    return {"id": order_id}


@router.get("/shops")
async def list_shops(reader: ReaderDep) -> str | None:
    return reader.key_type


@router.get("/readiness/{gtin}")
@refuses_in_problems
async def check_readiness(gtin: int) -> int:
    return gtin


@router.get("/crash")
async def crash() -> None:
    raise RuntimeError("secret detail")


@router.get("/refuse/{kind}", responses={409: {}})
async def refuse(kind: str) -> None:
    if kind == "invalid":
        raise InvalidError([Detail("gtin", "is wrong", "bad_gtin"), Detail("name", "is long")])
    raise ConflictError("It exists already.")


class Brand(BaseModel):
    name: str = "oats"
    sku: str = ""


@router.post("/brands")
async def create_brand(body: Brand, connection: ConnectionDep, then: str = "succeed") -> Brand:
    sql = "INSERT INTO brands (name, name_key, metadata) VALUES ($1, $1, $2)"
    await connection.execute(sql, body.name, {"sku": body.sku})
    match then:
        case "refuse":
            raise ConflictError("Not today.")
        case "crash":
            raise RuntimeError
        case "break":  # a constraint that is checked at the commit
            await connection.execute("CREATE TEMP TABLE t (i int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
            await connection.execute("INSERT INTO t VALUES (1), (1)")
        case "lie":
            return {"name": 1}  # type: ignore[return-value]
        case "hash":
            hashlib.sha256(body.sku.encode())
        case "divide":
            await connection.execute("SELECT 1 / 0")
    return body


@pytest.fixture
def app():
    return create_domain_app("Trial", router)


@pytest.fixture
async def client(app, services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    async with make_client(app, services, USER) as client:
        yield client


@pytest.fixture
async def stranger(app, services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    async with make_client(app, services) as client:
        yield client


def error_of(answer: httpx2.Response) -> dict:
    return answer.json()["error"]


def fields_of(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 422
    assert error_of(answer)["code"] == "VALIDATION_ERROR"
    return [detail["field"] for detail in error_of(answer)["details"]]


class TestEnvelope:
    async def test_a_refusal_has_code_message_status_and_null_details(self, client):
        answer = await client.get("/refuse/conflict")
        assert answer.status_code == 409
        assert answer.headers["content-type"] == "application/json"
        assert answer.json() == {
            "error": {"code": "CONFLICT", "message": "It exists already.", "status": 409, "details": None}
        }

    async def test_details_carry_a_code_only_where_there_is_one(self, client):
        answer = await client.get("/refuse/invalid")
        assert error_of(answer)["details"] == [
            {"field": "gtin", "message": "is wrong", "code": "bad_gtin"},
            {"field": "name", "message": "is long"},
        ]

    async def test_an_unknown_path_is_not_found(self, client):
        answer = await client.get("/nothing/here")
        assert (answer.status_code, error_of(answer)["code"]) == (404, "NOT_FOUND")

    async def test_a_wrong_method_names_every_right_one(self, client):
        answer = await client.delete("/orders")
        assert (answer.status_code, error_of(answer)["code"]) == (405, "METHOD_NOT_ALLOWED")
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}

    async def test_a_crash_tells_nothing_but_the_request_id(self, client):
        answer = await client.get("/crash", headers={"X-Request-ID": "trace-1"})
        assert (answer.status_code, error_of(answer)["code"]) == (500, "INTERNAL_ERROR")
        assert "secret" not in answer.text
        assert answer.headers["x-request-id"] == "trace-1"


class TestProblemDocuments:
    async def test_who_asks_for_problem_documents_gets_them(self, client):
        answer = await client.get("/refuse/invalid", headers={"Accept": "application/problem+json"})
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json() == {
            "type": "https://id.example.com/docs/errors/validation_error",
            "title": answer.json()["title"],
            "status": 422,
            "detail": "The request has invalid fields.",
            "error_code": "validation_error",
            "retryable": False,
            "timestamp": "2026-03-01T12:00:00Z",
            "errors": [
                {"field": "gtin", "message": "is wrong", "code": "bad_gtin"},
                {"field": "name", "message": "is long"},
            ],
        }

    @pytest.mark.parametrize(
        ("accept", "media_type"),
        [
            ("*/*", "application/json"),
            ("application/json, application/problem+json", "application/problem+json"),
            ("application/json, application/problem+json;q=0.9", "application/json"),
            ("application/problem+json;q=0.5, application/json;q=0.4", "application/problem+json"),
            ("application/problem+json;q=0", "application/json"),
            ("text/html, application/problem+json;q=0.5, */*", "application/json"),
        ],
    )
    async def test_quality_decides(self, client, accept, media_type):
        answer = await client.get("/nothing", headers={"Accept": accept})
        assert answer.headers["content-type"] == media_type

    async def test_an_endpoint_may_refuse_so_whatever_is_accepted(self, client):
        answer = await client.get("/readiness/x", headers={"Accept": "application/json"})
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["errors"][0]["field"] == "path.gtin"


class TestFields:
    async def test_every_failing_field_is_named_by_its_dotted_path(self, client):
        body = {"items": [{"gtin": "1", "count": 1}, {"gtin": 5}], "metadata": {"sku": 3}, "id": "short"}
        answer = await client.post("/orders", json=body)
        assert fields_of(answer) == ["id", "items[1].gtin", "items[1].count", "metadata.sku"]
        assert error_of(answer)["details"][0]["code"] == "malformed_id"

    async def test_a_bad_key_of_a_map_is_named_by_the_key(self, client):
        answer = await client.post("/orders", json={"metadata": {"a[b]": "x"}})
        assert fields_of(answer) == ["metadata.a[b]"]

    @pytest.mark.parametrize("query", ["page=0", "page=x", "page=1.5"])
    async def test_a_query_parameter_has_its_place_in_front(self, client, query):
        assert fields_of(await client.get(f"/orders?{query}")) == ["query.page"]

    async def test_a_page_size_over_the_limit_is_not_clamped(self, client):
        assert fields_of(await client.get("/orders?page_size=101")) == ["query.page_size"]

    async def test_a_path_parameter_has_its_place_in_front(self, client):
        assert fields_of(await client.get("/orders/not-an-id")) == ["path.order_id"]

    async def test_metadata_filters_are_read_from_brackets(self, client):
        answer = await client.get("/orders?metadata[sku]=A1&metadata%5Bsite%5D=north&metadata=x")
        assert answer.json()["metadata"] == {"sku": "A1", "site": "north"}


class TestBodies:
    async def test_what_is_not_json_is_a_bad_request(self, client):
        answer = await client.post("/orders", content="{", headers={"Content-Type": "application/json"})
        assert (answer.status_code, error_of(answer)["code"]) == (400, "BAD_REQUEST")

    async def test_bytes_that_are_no_text_are_a_bad_request(self, client):
        answer = await client.post("/orders", content=b"\xff", headers={"Content-Type": "application/json"})
        assert (answer.status_code, error_of(answer)["code"]) == (400, "BAD_REQUEST")

    async def test_a_missing_body_is_a_bad_request(self, client):
        answer = await client.post("/orders")
        assert (answer.status_code, error_of(answer)["code"]) == (400, "BAD_REQUEST")

    async def test_a_list_where_an_object_belongs_is_invalid(self, client):
        assert fields_of(await client.post("/orders", json=[])) == ["body"]

    @pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
    async def test_another_media_type_is_unsupported(self, client, content_type):
        headers = {"Content-Type": content_type} if content_type else {}
        answer = await client.post("/orders", content='{"name": "x"}', headers=headers)
        assert (answer.status_code, error_of(answer)["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")

    async def test_a_mebibyte_is_the_limit(self, client):
        answer = await client.post("/orders", json={"name": "x" * 1024 * 1024})
        assert (answer.status_code, error_of(answer)["code"]) == (413, "PAYLOAD_TOO_LARGE")

    @pytest.mark.parametrize("text", ["\\u0000", "\\ud800"])
    @pytest.mark.parametrize("field", ["name", "sku"])
    async def test_a_text_that_cannot_be_stored_is_a_bad_request(self, client, field, text):
        content = f'{{"{field}": "a{text}b"}}'
        answer = await client.post("/brands", content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, error_of(answer)["code"]) == (400, "BAD_REQUEST")

    async def test_nor_can_half_a_character_be_hashed(self, client):
        content = '{"sku": "a\\ud800b"}'
        headers = {"Content-Type": "application/json"}
        answer = await client.post("/brands", params={"then": "hash"}, content=content, headers=headers)
        assert (answer.status_code, error_of(answer)["code"]) == (400, "BAD_REQUEST")

    async def test_json_that_is_too_deep_is_a_bad_request(self, client):
        content = '{"items":' + "[" * 100_000
        answer = await client.post("/orders", content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, error_of(answer)["code"]) == (400, "BAD_REQUEST")


class TestAuthentication:
    async def test_a_missing_credential_is_unauthorized_and_says_how(self, stranger):
        answer = await stranger.get(f"/orders/{'2' * 22}")
        assert (answer.status_code, error_of(answer)["code"]) == (401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"] == 'ApiKey realm="api"'

    @pytest.mark.parametrize(
        "body", [b"{", b'{"items": 1}', b"x" * (1024 * 1024 + 1)], ids=["syntax", "schema", "size"]
    )
    async def test_the_credential_is_checked_before_the_body(self, stranger, body):
        answer = await stranger.post("/orders", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 401

    async def test_the_method_is_checked_before_the_credential(self, stranger):
        assert (await stranger.delete("/orders")).status_code == 405

    async def test_the_credential_is_checked_before_the_path(self, stranger):
        assert (await stranger.get("/orders/not-an-id")).status_code == 401

    async def test_a_publishable_key_is_forbidden(self, app, services):
        async with make_client(app, services, PUBLISHABLE) as client:
            answer = await client.get(f"/orders/{'2' * 22}")
        assert (answer.status_code, error_of(answer)["code"]) == (403, "FORBIDDEN")

    async def test_a_public_endpoint_asks_for_none(self, stranger):
        assert (await stranger.get("/orders")).status_code == 200


class TestPaths:
    @pytest.mark.parametrize("path", ["/orders", "/orders/", "/scans", "/scans/"])
    async def test_both_forms_of_a_path_are_served_without_a_redirect(self, client, path):
        answer = await client.post(path, json={"name": "x"})
        assert (answer.status_code, answer.json()["name"]) == (200, "x")

    async def test_a_parameter_may_have_a_slash_after_it(self, client):
        assert (await client.get("/orders/2222222222222222222223/")).json() == {
            "id": "2222222222222222222223"
        }

    async def test_head_is_get_without_the_body(self, client):
        answer = await client.head("/orders")
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == (await client.get("/orders")).headers["content-length"]


class TestBrowsers:
    async def test_what_needs_no_secret_is_open_to_scripts_of_any_page(self, client):
        answer = await client.get("/orders", headers={"Origin": "https://shop.example"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers

    async def test_what_needs_a_secret_is_not(self, client):
        answer = await client.get(
            "/orders/2222222222222222222223", headers={"Origin": "https://shop.example"}
        )
        assert "access-control-allow-origin" not in answer.headers

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [("GET", "/orders", 204), ("POST", "/orders", 405), ("PUT", "/orders", 405)],
    )
    async def test_a_browser_that_asks_first_is_told_so(self, client, method, path, status):
        headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": method}
        answer = await client.options(path, headers=headers)
        assert answer.status_code == status
        assert ("access-control-allow-methods" in answer.headers) == (status == 204)


class TestPublishableKeys:
    async def test_an_endpoint_that_says_so_takes_one(self, app, services):
        async with make_client(app, services, PUBLISHABLE) as client:
            answer = await client.get("/shops")
        assert (answer.status_code, answer.json()) == (200, "cpk")
        assert answer.headers["access-control-allow-origin"] == "*"

    async def test_it_does_not_let_strangers_in(self, stranger):
        assert (await stranger.get("/shops")).status_code == 401


class TestRequestId:
    async def test_every_answer_has_one(self, client):
        assert len((await client.get("/orders")).headers["x-request-id"]) == 32

    async def test_a_malformed_one_is_replaced(self, client):
        answer = await client.get("/orders", headers={"X-Request-ID": "a b"})
        assert answer.headers["x-request-id"] != "a b"


class TestTransaction:
    async def names(self, services: Services) -> list[str]:
        return [row["name"] for row in await services.database.pool.fetch("SELECT name FROM brands")]

    async def test_a_success_is_committed_before_the_answer_is_sent(self, app, services):
        seen = []

        async def send(message):
            seen.append((message["type"], await self.names(services)))

        async def receive():
            return {"type": "http.request", "body": b"{}"}

        app.state.services = services
        path = {"path": "/brands", "raw_path": b"/brands", "root_path": "", "query_string": b""}
        headers = [(b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "headers": headers, "http_version": "1.1", **path}
        await app(scope, receive, send)
        assert seen[0] == ("http.response.start", ["oats"])

    @pytest.mark.parametrize(
        ("then", "status"),
        [
            ("refuse", 409),
            ("crash", 500),
            ("break", 500),
            ("divide", 500),
            ("lie", 500),
            ("succeed", 200),
        ],
    )
    async def test_only_a_success_is_committed(self, client, services, then, status):
        answer = await client.post(f"/brands?then={then}", json={})
        assert answer.status_code == status
        assert await self.names(services) == (["oats"] if status == 200 else [])


class TestOpenApi:
    async def test_the_document_is_of_openapi_3_1(self, client):
        answer = await client.get("/openapi.json")
        assert answer.headers["content-type"] == "application/openapi+json"
        document = answer.json()
        assert document["openapi"].startswith("3.1")
        assert "/openapi.json" not in document["paths"]

    async def test_the_key_is_asked_for_where_it_is_needed(self, client):
        document = (await client.get("/openapi.json")).json()
        assert document["components"]["securitySchemes"]["ApiKey"]["name"] == "X-API-Key"
        assert document["paths"]["/orders"]["post"]["security"] == [
            {"ApiKey": []},
            {"Session": [], "CsrfToken": []},
        ]
        security = document["paths"]["/orders/{order_id}"]["get"]["security"]
        assert security == [{"ApiKey": []}, {"Session": []}]
        assert "security" not in document["paths"]["/orders"]["get"]
