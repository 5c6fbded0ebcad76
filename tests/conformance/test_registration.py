"""What can be registered, and what the whole service says of paths that are nobody's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from product_platform.digital_link import router
from product_platform.kit.ids import to_short
from product_platform.kit.services import Services
from resolver.edge import Edge
from resolver.settings import EdgeSettings
from rules_compiler.gs1 import levels, parse_path, slice_key
from tests.conformance.example import GLN, GTIN, NARROWEST_PATHS, make_example
from tests.factories import NOON
from tests.product_platform.catalogue import USER_ID, make_organization, make_principal
from tests.product_platform.clients import make_app, make_client
from tests.resolver.edge_client import ROOT, EdgeClient, never_mended
from tests.whole_api import running_api

pytestmark = pytest.mark.servers


@pytest.mark.parametrize(
    "scope",
    [
        {"scope_type": "PRODUCT", "scope_id": "09520000100019"},
        {"scope_type": "PRODUCT", "scope_id": "952"},
        {"scope_type": "PRODUCT", "scope_id": "not a GTIN"},
        {"scope_type": "BATCH", "scope_id": "a b", "product_id": GTIN},
        {"scope_type": "BATCH", "scope_id": "x" * 21, "product_id": GTIN},
        {"scope_type": "SERIAL", "scope_id": "a#b", "product_id": GTIN},
        {"scope_type": "SERIAL", "scope_id": "", "product_id": GTIN},
        {"scope_type": "VARIANT", "scope_id": "2 A", "product_id": GTIN},
        {"scope_type": "IDENTIFIER", "scope_id": "/414/9520000100118"},
        {"scope_type": "IDENTIFIER", "scope_id": "/410/9520000100117"},
        {"scope_type": "IDENTIFIER", "scope_id": f"/01/{GTIN}/17/270131"},
        {"scope_type": "IDENTIFIER", "scope_id": f"/01/{GTIN}/10/A/22/B"},
        {"scope_type": "IDENTIFIER", "scope_id": f"/414/{GLN}/254/*"},
    ],
)
async def test_r16_an_invalid_identifier_has_no_links(services: Services, scope: dict[str, str]) -> None:
    """A link cannot be registered on an invalid identifier.

    SHOULD, 2.4. Such a rule is refused with 422.
    """
    answer = await write_rule(services, scope)
    assert answer.status_code == 422
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == ["scope_id"]


@pytest.mark.parametrize("path", NARROWEST_PATHS)
async def test_r5_every_level_takes_rules(services: Services, path: str) -> None:
    """A rule can be written for any level of any primary key.

    SHALL, 2.1 and 2.5.9. `VARIANT` is 22; `IDENTIFIER` any canonical path.
    """
    for level in levels(parse_path(path.encode()).ais):
        answer = await write_rule(services, {"scope_type": "IDENTIFIER", "scope_id": f"/{slice_key(level)}"})
        assert answer.status_code == 201


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/01/{GTIN}/235/TP1", 201),
        (f"/01/{GTIN}/21/S-42", 201),
        (f"/01/{GTIN}/22/2A/10/LOT7", 201),
        (f"/01/{GTIN}/235/TP1/10/LOT7", 422),
        (f"/01/{GTIN}/10/LOT7/21/S-42", 422),
        (f"/01/{GTIN}/22/2A/21/S-42", 422),
        (f"/01/{GTIN}/22/2A/21/*", 422),
        (f"/8006/{GTIN}0103/10/LOT7/21/S-42", 422),
    ],
)
async def test_r24_links_have_a_level(services: Services, path: str, status: int) -> None:
    """A link is registered on 01 with 235 alone, with 21 alone, or with 22 and 10 or either of them.

    SHALL, 2.5.9.
    """
    answer = await write_rule(services, {"scope_type": "IDENTIFIER", "scope_id": path})
    assert answer.status_code == status


async def write_rule(services: Services, scope: dict[str, str]) -> httpx2.Response:
    """Ask for a rule of *scope* on behalf of the organization that has the product of the example."""
    database = services.database
    organization = await database.pool.fetchval("SELECT owner_id FROM products WHERE gtin = $1", GTIN)
    if organization is None:
        organization = await make_organization(database)
        await database.pool.execute("INSERT INTO users (id, email) VALUES ($1, 'ada@example.com')", USER_ID)
        await database.pool.execute(
            "INSERT INTO products (gtin, owner_id, product_name) VALUES ($1, $2, 'Oat drink')",
            GTIN,
            organization,
        )
    rule = {"destination_type": "HOSTED_PAGE", **scope}
    app = make_app("Resolver", router)
    async with make_client(app, services, make_principal(organization)) as client:
        return await client.post(f"/organizations/{to_short(organization)}/resolution-rules", json=rule)


@pytest.mark.parametrize("path", ["/favicon.ico", "/foo", "/foo/bar", "/", "/01", "/%zz", "/robots.txt"])
async def test_e23_paths_of_nobody(services: Services, path: str) -> None:
    """`GET /favicon.ico` and `GET /foo` are 404 or 400; never 200, never 500.

    Example.
    """
    async with open_service(services) as client:
        answer = await client.get(path)
    assert answer.status_code in {400, 404}


@asynccontextmanager
async def open_service(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """Serve the example by an edge with the API behind it."""
    holder = EdgeClient(make_example()).holder
    settings = EdgeSettings(base_url=ROOT)
    async with running_api(services) as app:
        api: Any = app
        edge = Edge(settings, holder, api, now=lambda: NOON, record=lambda _sighting: None, mend=never_mended)
        transport = httpx2.ASGITransport(app=edge)
        async with httpx2.AsyncClient(transport=transport, base_url=ROOT) as http:
            yield http
