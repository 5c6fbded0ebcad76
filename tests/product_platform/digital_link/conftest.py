"""What the tests of this domain start from: an organization with one product, and a publisher."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import httpx2
import pytest

from product_platform.digital_link import CustomUrls, HttpUrlCheck, router
from product_platform.digital_link.service.publisher import Publisher
from product_platform.kit.db import Connection, Database, connect
from product_platform.kit.ids import to_short
from product_platform.kit.outbox import record_changes
from product_platform.kit.permissions import Principal
from product_platform.kit.services import Services
from product_platform.kit.ssrf import Guard, parse_networks
from product_platform.products import Products
from rules_compiler.compiler import compile_slice
from rules_compiler.dict_table import DictTable
from rules_compiler.model import Catalogue, SliceKey
from tests.product_platform.catalogue import USER_ID, make_organization, make_principal
from tests.product_platform.clients import make_app, make_client
from tests.product_platform.web_server import WebServer, running_web_server
from tests.resolver.edge_client import EdgeClient, Reply

GTIN = "09506000134352"
OTHER_GTIN = "09520000100018"


async def make_product(
    database: Database,
    gtin: str,
    owner: UUID | None,
    name: str = "Oat drink",
    claim: str | None = "verified",
) -> UUID:
    product: UUID = await database.pool.fetchval(
        "INSERT INTO products (gtin, owner_id, product_name, claim_verification_status)"
        " VALUES ($1, $2, $3, $4) RETURNING id",
        gtin,
        owner,
        name,
        claim,
    )
    return product


async def rename_product(connection: Connection, gtin: str, name: str, owner: UUID | None) -> None:
    """Change what the slice of *gtin* is compiled from, in the caller's transaction."""
    await connection.execute("UPDATE products SET product_name = $2 WHERE gtin = $1", gtin, name)
    await record_changes(connection, [f"01/{gtin}"], owner)


async def announce_changes(database: Database, organization: UUID | None, *keys: SliceKey) -> None:
    async with database.transaction() as connection:
        await record_changes(connection, keys, organization)


async def read_slices(database: Database) -> dict[SliceKey, tuple[int, bytes | None]]:
    rows = await database.pool.fetch("SELECT key, seq, bytes FROM slices")
    return {row["key"]: (row["seq"], row["bytes"]) for row in rows}


def compile_names(catalogue: Catalogue, _key: SliceKey) -> bytes | None:
    """Compile to the names in the catalogue, so that a test can read a slice."""
    named = (*catalogue.organizations, *catalogue.brands, *catalogue.items)
    return ",".join(one.name for one in named).encode() if named else None


async def no_facts(_connection: Connection, _gtins: Sequence[str]) -> dict[str, Any]:
    return {}


async def make_brand(database: Database, owner: UUID | None, name: str = "Havrefin") -> UUID:
    brand: UUID = await database.pool.fetchval(
        "INSERT INTO brands (organization_id, name, name_key) VALUES ($1, $2, lower($2)) RETURNING id",
        owner,
        name,
    )
    return brand


@pytest.fixture
async def organization(database: Database) -> UUID:
    await database.pool.execute(
        "INSERT INTO users (id, email, name) VALUES ($1, 'ada@example.com', 'Ada') ON CONFLICT DO NOTHING",
        USER_ID,
    )
    return await make_organization(database, "Meadow Foods")


@pytest.fixture
async def product(database: Database, organization: UUID) -> UUID:
    return await make_product(database, GTIN, organization)


def make_resolver_client(services: Services, principal: Principal | None) -> httpx2.AsyncClient:
    app = make_app("Resolver", router)
    app.state.url_check = make_loopback_check()
    return make_client(app, services, principal)


def make_loopback_check() -> HttpUrlCheck:
    """Return a check that may look at web servers of a test."""
    return HttpUrlCheck(Guard(parse_networks("127.0.0.1")))


@pytest.fixture
async def web() -> AsyncIterator[WebServer]:
    async with running_web_server() as web:
        yield web


@pytest.fixture
def add(services: Services, organization: UUID) -> Callable[..., Awaitable[UUID]]:
    """Put a URL into the catalogue and return its id."""

    async def add(url: str, owner: UUID = organization) -> UUID:
        async with services.database.transaction() as connection:
            entry, _ = await CustomUrls(services.clock).ensure(connection, owner, url, made_by_rule=False)
        return entry.id

    return add


@pytest.fixture
async def client(services: Services, organization: UUID) -> AsyncIterator[httpx2.AsyncClient]:
    """Act for the owner of the organization."""
    async with make_resolver_client(services, make_principal(organization)) as client:
        yield client


@pytest.fixture
def rules_path(organization: UUID) -> str:
    return f"/organizations/{to_short(organization)}/resolution-rules"


@pytest.fixture
def urls_path(organization: UUID) -> str:
    return f"/organizations/{to_short(organization)}/custom-urls"


async def create_rule(client: httpx2.AsyncClient, path: str, **fields: Any) -> dict[str, Any]:
    """Create a rule of the whole organization, or of the scope that *fields* say."""
    body = {"scope_type": "ORGANIZATION", "destination_type": "HOSTED_PAGE", **fields}
    if "custom_url" in body:
        body["destination_type"] = "CUSTOM_URL"
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    rule: dict[str, Any] = answer.json()
    return rule


def codes(answer: httpx2.Response) -> dict[str, str]:
    """Return the code of each field that a 422 names."""
    assert answer.status_code == 422, answer.text
    return {detail["field"]: detail["code"] for detail in answer.json()["error"]["details"]}


@pytest.fixture
def organization_key(organization: UUID) -> SliceKey:
    return f"org/{to_short(organization)}"


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Connection]:
    """Open a connection like the one that a publisher keeps."""
    connection = await connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
def publisher(connection: Connection, services: Services) -> Publisher:
    return make_publisher(connection, services)


def make_publisher(connection: Connection, services: Services, **options: Any) -> Publisher:
    defaults: dict[str, Any] = {
        "load_facts": no_facts,
        "min_claim_tier": "prefix_matched",
        "compile_one": compile_names,
    }
    return Publisher(connection, services.bus, **(defaults | options))


AskEdge: TypeAlias = Callable[..., Awaitable[Reply]]


@pytest.fixture
def full_publisher(connection: Connection, services: Services) -> Publisher:
    """Compile what an edge serves, with any claim good enough."""
    return make_publisher(
        connection,
        services,
        compile_one=compile_slice,
        load_facts=Products.facts,
        min_claim_tier="unverified",
    )


@pytest.fixture
def ask_edge(services: Services, full_publisher: Publisher) -> AskEdge:
    """Publish what waits, and ask an edge that serves it."""

    async def ask(target: str, **headers: str) -> Reply:
        while await full_publisher.publish_once() is not None:
            pass
        slices = await read_slices(services.database)
        edge = EdgeClient(None)
        packed = {key: packed for key, (_, packed) in slices.items() if packed is not None}
        edge.holder.replace(DictTable(1, packed))
        return await asyncio.to_thread(edge.get, target, **headers)

    return ask
