"""What the documents of all domains say is true: of the schemas, and of the application."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import jsonschema_rs
import pytest

from admin_api.wiring import create_domains

DOCUMENTS = {domain.name: domain.app.openapi() for domain in create_domains()}
JSON = "application/json"


def find_contents() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each JSON body that has a schema: the domain, where it stands, and what is said of it."""
    for domain, document in DOCUMENTS.items():
        for methods in document["paths"].values():
            for said in methods.values():
                bodies = {"request": said.get("requestBody", {}), **said["responses"]}
                for place, body in bodies.items():
                    content = body.get("content", {}).get(JSON)
                    if content and content.get("schema"):
                        yield domain, f"{said['operationId']} {place}", content
        for code, response in document["components"]["responses"].items():
            yield domain, code, response["content"][JSON]


def name_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


class TestExamples:
    @pytest.mark.parametrize(("domain", "place", "content"), list(find_contents()), ids=name_of)
    def test_every_body_has_one_that_its_schema_allows(
        self, domain: str, place: str, content: dict[str, Any]
    ) -> None:
        assert "example" in content, place
        schema = {**content["schema"], "components": DOCUMENTS[domain]["components"]}
        validator = jsonschema_rs.Draft202012Validator(schema)
        assert [str(error) for error in validator.iter_errors(content["example"])] == []


class TestReferences:
    @pytest.mark.parametrize("domain", DOCUMENTS)
    def test_lead_somewhere(self, domain: str) -> None:
        def find(value: Any) -> Iterator[str]:
            if isinstance(value, dict):
                yield from [value["$ref"]] if isinstance(value.get("$ref"), str) else ()
                for each in value.values():
                    yield from find(each)
            elif isinstance(value, list):
                for each in value:
                    yield from find(each)

        document = DOCUMENTS[domain]
        for reference in set(find(document)):
            _, _, kind, name = reference.split("/")
            assert name in document["components"][kind], reference


@pytest.mark.servers
class TestRequests:
    @pytest.mark.parametrize(
        ("domain", "path", "method"),
        [
            (domain, path, method)
            for domain, document in DOCUMENTS.items()
            for path, methods in document["paths"].items()
            for method, said in methods.items()
            if JSON in said.get("requestBody", {}).get("content", {})
        ],
    )
    async def test_the_example_of_a_body_is_well_formed_to_the_endpoint(
        self, client: httpx2.AsyncClient, raw_key: str, domain: str, path: str, method: str
    ) -> None:
        headers = {"X-API-Key": raw_key}
        organizations = (await client.get("/account/api/v1/organizations", headers=headers)).json()["data"]
        [mount] = [each.mount for each in create_domains() if each.name == domain]
        example = DOCUMENTS[domain]["paths"][path][method]["requestBody"]["content"][JSON]["example"]
        values = {
            "organization_id": organizations[0]["id"],
            "id": organizations[0]["id"],
            "gtin": "09521234500018",
            "serial": "S1",
        }
        filled = re.sub(r"{(\w+)}", lambda name: values.get(name[1], "MmpnTEBdVLAJ37kqiqxFZU"), path)

        answer = await client.request(method.upper(), mount + filled, json=example, headers=headers)

        # Nothing that it names is there, and nobody has its password; apart from that it is in order.
        details = (answer.json()["error"]["details"] or []) if answer.is_error else []
        assert {detail["code"] for detail in details} <= {"password_link_bad"}
        assert answer.status_code in {200, 201, 202, 204, 401, 403, 404, 409, 422}, answer.text
