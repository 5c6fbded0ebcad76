"""What the tests of this domain start from: an organization with one product, and a publisher."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import pytest

from product_platform.digital_link.service.publisher import Publisher
from product_platform.kit.db import Connection, Database, connect
from product_platform.kit.ids import to_short
from product_platform.kit.outbox import record_changes
from product_platform.kit.services import Services
from rules_compiler.model import Catalogue, SliceKey

GTIN = "09506000134352"
OTHER_GTIN = "09520000100018"


async def make_organization(database: Database, name: str = "Meadow Foods") -> UUID:
    organization: UUID = await database.pool.fetchval(
        "INSERT INTO organizations (name, country) VALUES ($1, 'CA') RETURNING id", name
    )
    return organization


async def make_product(database: Database, gtin: str, owner: UUID | None, name: str = "Oat drink") -> UUID:
    product: UUID = await database.pool.fetchval(
        "INSERT INTO products (gtin, owner_id, claim_verification_status, product_name)"
        " VALUES ($1, $2, 'verified', $3) RETURNING id",
        gtin,
        owner,
        name,
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


@pytest.fixture
async def organization(database: Database) -> UUID:
    return await make_organization(database)


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
