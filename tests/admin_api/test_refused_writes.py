"""What a refused write says, and that nothing of it is left: tried on every write of the whole API."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import httpx2
import pytest

from admin_api.wiring import create_domains
from product_platform.kit.db import Database
from product_platform.kit.services import Services

pytestmark = pytest.mark.servers

GTIN = "09506000134352"
WRITES = ("post", "put", "patch")
# A value that no field takes: neither text, number, object, nor a list of any of these.
WRONG = [[None]]

_TABLES = """
    SELECT oid::regclass::text AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    -- Noted beside each request, whatever becomes of it.
    AND relname NOT IN ('api_keys')
"""


class Write(NamedTuple):
    """An operation that takes a JSON object, and the fields that it documents."""

    name: str
    mount: str
    path: str
    method: str
    fields: tuple[str, ...]


def find_writes() -> Iterator[Write]:
    for domain in create_domains():
        description = domain.app.openapi()
        for path, operations in description["paths"].items():
            for method in WRITES:
                if fields := read_fields(operations.get(method, {}), description):
                    yield Write(f"{method} {path}", domain.mount, path, method, fields)


def read_fields(operation: Mapping[str, Any], description: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields of the object that an operation takes, none when it takes something else."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    for option in (schema, *schema.get("anyOf", ())):
        found = option
        if reference := option.get("$ref"):
            found = description["components"]["schemas"][reference.rpartition("/")[2]]
        if "properties" in found:
            return tuple(found["properties"])
    return ()


@pytest.fixture
async def owner(client: httpx2.AsyncClient, raw_key: str) -> dict[str, str]:
    """Let the owner of an organization have a product, a brand and a rule, and return their ids."""
    client.headers["X-API-Key"] = raw_key
    organizations = (await client.get("/account/api/v1/organizations")).json()["data"]
    organization = organizations[0]["id"]
    rules = f"/resolver/api/v1/organizations/{organization}/resolution-rules"
    rule = {"scope_type": "ORGANIZATION", "destination_type": "HOSTED_PAGE"}
    brand = {"organization_id": organization, "name": "Oats"}
    made = [
        await client.post("/products/api/v1/products", json={"gtin": GTIN}),
        await client.post("/brands/api/v1/brands", json=brand),
        await client.post(rules, json=rule),
    ]
    assert [answer.status_code for answer in made] == [201, 201, 201], [answer.text for answer in made]
    return {"organization": organization, "brand": made[1].json()["id"], "rule": made[2].json()["id"]}


async def read_everything(database: Database) -> dict[str, str]:
    """Return a digest of each table."""
    names = [row["name"] for row in await database.pool.fetch(_TABLES)]
    digest = "SELECT coalesce(md5(string_agg(row::text, ',' ORDER BY row::text)), '') FROM {} AS row"
    return {name: await database.pool.fetchval(digest.format(name)) for name in names}


def fill(write: Write, ids: Mapping[str, str]) -> str:
    kind = "rule" if "resolution-rules" in write.path else "brand"
    values = {
        "organization_id": ids["organization"],
        "id": ids["organization"] if write.path.startswith("/organizations") else ids[kind],
        "rule_id": ids["rule"],
        "gtin": GTIN,
        "serial": "S1",
    }
    path = write.path
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    return write.mount + path


def details_of(answer: httpx2.Response) -> dict[str, str | None]:
    assert answer.status_code == 422, answer.text
    return {detail["field"]: detail["code"] for detail in answer.json()["error"]["details"]}


@pytest.mark.parametrize("write", list(find_writes()), ids=lambda write: write.name)
async def test_every_wrong_field_is_named_with_a_code_and_nothing_is_left(
    client: httpx2.AsyncClient, owner: dict[str, str], services: Services, write: Write
) -> None:
    before = await read_everything(services.database)

    answer = await client.request(
        write.method.upper(), fill(write, owner), json=dict.fromkeys(write.fields, WRONG)
    )

    found = details_of(answer)
    assert all(found.values()), found
    assert {field.partition(".")[0].partition("[")[0] for field in found} >= set(write.fields)
    assert await read_everything(services.database) == before


LINK = {"destination_type": "CUSTOM_URL", "custom_url": "https://www.example.com/new"}
LOT = {"scope_type": "BATCH", "scope_id": "NEW", "product_id": GTIN, **LINK}
PLACE = {"scope_type": "IDENTIFIER", "scope_id": "/414/9520000100117/254/DOCK", **LINK}
ORGANIZATION = {"scope_type": "ORGANIZATION", **LINK}


@pytest.mark.parametrize(
    ("request_line", "body", "status"),
    [
        ("POST ", LOT | {"timezone": "Mars/Olympus"}, 422),
        ("POST ", LOT | {"scope_type": "SERIAL", "weight": 5_000}, 422),
        ("POST ", PLACE | {"languages": ["not a tag"]}, 422),
        ("POST ", ORGANIZATION | {"order_index": 0}, 409),
        ("PATCH /{rule}", LOT | {"days_of_week": [7]}, 422),
        ("PATCH /{rule}", LOT, 412),
        ("POST /reorder", {"rules": [{"id": "{rule}", "order_index": 5}] * 2}, 422),
        ("POST /simulate", {"changes": [{"create": LOT}, {"create": LOT | {"title": 5}}]}, 422),
        ("POST /simulate", {"changes": [{"create": LOT}], "requests": [{"uri": f"/01/{GTIN}"}]}, 200),
    ],
)
async def test_nothing_is_left_of_what_is_refused_half_way(
    client: httpx2.AsyncClient,
    owner: dict[str, str],
    services: Services,
    request_line: str,
    body: dict[str, Any],
    status: int,
) -> None:
    method, _, path = request_line.partition(" ")
    rules = f"/resolver/api/v1/organizations/{owner['organization']}/resolution-rules"
    is_one = path == "/{rule}"
    url = f"/resolver/api/v1/resolution-rules/{owner['rule']}" if is_one else rules + path
    content = json.dumps(body).replace("{rule}", owner["rule"])
    headers = {"content-type": "application/json"} | ({"if-match": '"old"'} if status == 412 else {})
    before = await read_everything(services.database)

    answer = await client.request(method, url, content=content, headers=headers)

    assert answer.status_code == status, answer.text
    assert await read_everything(services.database) == before
