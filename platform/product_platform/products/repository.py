"""Every query about products, their lots and their serials."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from asyncpg import Record

from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery, fetch_page
from product_platform.products.models import AUTHORITY, Product, Serial, SerialName, take_over
from product_platform.products.schemas import DataSource
from rules_compiler.model import SerialState

_OWNER = "coalesce(CASE WHEN brand.is_active THEN brand.organization_id END, product.owner_id)"
_CLAIMED_AT = f"""
    CASE WHEN {_OWNER} IS DISTINCT FROM product.owner_id THEN brand.claimed_at ELSE product.claimed_at END
"""
_PRODUCTS = f"""
    SELECT product.*, coalesce(brand.name, '') AS brand, {_OWNER} AS current_owner_id,
        {_CLAIMED_AT} AS current_claimed_at
    FROM products AS product LEFT JOIN brands AS brand ON brand.id = product.brand_id
"""  # noqa: S608 - no value comes from outside

# The source $1 vouches, with the weight $2, for all that is known.
_VOUCHED = """
    data_source = $1, confidence_score = CASE WHEN field_confidence = '{}' THEN 0 ELSE $2::float8 END,
    field_confidence = (
        SELECT coalesce(jsonb_object_agg(name, $2::float8), '{}')
        FROM jsonb_object_keys(field_confidence) AS name
    )
"""

_SERIAL = f"""
    SELECT own.state, own.flag, (
        SELECT product.gtin
        FROM serials AS other JOIN products AS product ON product.id = other.product_id
        LEFT JOIN brands AS brand ON brand.id = product.brand_id JOIN lots ON lots.id = other.lot_id
        WHERE other.serial = own.serial AND other.product_id <> own.product_id AND {_OWNER} = own.owner_id
        AND lots.production_date <= own.expiry_date AND own.production_date <= lots.expiry_date
        ORDER BY product.gtin LIMIT 1
    ) AS conflicting_gtin
    FROM (
        SELECT serials.*, {_OWNER} AS owner_id, production_date, expiry_date
        FROM products AS product JOIN serials ON serials.product_id = product.id
        LEFT JOIN brands AS brand ON brand.id = product.brand_id LEFT JOIN lots ON lots.id = lot_id
        WHERE product.gtin = $1 AND serial = $2
    ) AS own
"""  # noqa: S608 - as above


async def find(connection: Connection, gtin: str, *, lock: bool = False) -> Product | None:
    """Return the product; *lock* keeps it as it is until the transaction ends."""
    sql = f"{_PRODUCTS} WHERE product.gtin = $1 {'FOR UPDATE OF product' if lock else ''}"
    row = await connection.fetchrow(sql, gtin)
    return None if row is None else _to_product(row)


async def fetch_many(connection: Connection, gtins: Iterable[str]) -> list[Product]:
    """Return those of the products that are stored."""
    rows = await connection.fetch(f"{_PRODUCTS} WHERE product.gtin = ANY($1::text[])", list(gtins))
    return [_to_product(row) for row in rows]


async def fetch_owned(connection: Connection, query: PageQuery, *, organization_id: UUID) -> Page[Product]:
    """Return a page of what the organization owns, the newest claim first."""
    page = await fetch_page(
        connection,
        f"{_PRODUCTS} WHERE {_OWNER} = $1 ORDER BY current_claimed_at DESC NULLS LAST, product.id",
        (organization_id,),
        query,
    )
    return page.map(_to_product)


async def insert(connection: Connection, columns: Mapping[str, Any]) -> bool:
    """Store a new product; False when its GTIN is stored already."""
    # The names of the columns are those of our own schemas; only values come from outside.
    places = ", ".join(f"${at}" for at in range(1, len(columns) + 1))
    status = await connection.execute(
        f"INSERT INTO products ({', '.join(columns)}) VALUES ({places}) ON CONFLICT (gtin) DO NOTHING",  # noqa: S608
        *columns.values(),
    )
    return status == "INSERT 0 1"


async def update(connection: Connection, product_id: UUID, changes: Mapping[str, Any]) -> None:
    """Set columns of a product."""
    assignments = ", ".join(f"{column} = ${at}" for at, column in enumerate(changes, start=2))
    await connection.execute(
        f"UPDATE products SET {assignments} WHERE id = $1",  # noqa: S608 - as in insert
        product_id,
        *changes.values(),
    )


async def upsert_lot(connection: Connection, product_id: UUID, columns: Mapping[str, Any]) -> bool:
    """Store a lot, or what is new of it; False when nothing is."""
    return await _upsert(connection, "lots", "code", {"product_id": product_id, **columns})


async def upsert_serial(connection: Connection, product_id: UUID, columns: Mapping[str, Any]) -> bool:
    """Store a serial, or what is new of it; False when nothing is."""
    return await _upsert(connection, "serials", "serial", {"product_id": product_id, **columns})


async def get_lot_id(connection: Connection, product_id: UUID, code: str) -> UUID:
    """Return the id of the lot, which is stored first where it is not yet."""
    await _upsert(connection, "lots", "code", {"product_id": product_id, "code": code})
    lot_id: UUID = await connection.fetchval(
        "SELECT id FROM lots WHERE product_id = $1 AND code = $2", product_id, code
    )
    return lot_id


async def find_serial(connection: Connection, name: SerialName) -> Serial | None:
    """Return a stored serial, with a product that has it too at the same time."""
    row = await connection.fetchrow(_SERIAL, name.gtin, name.serial)
    if row is None:
        return None
    flag = SerialState(row["flag"]) if row["flag"] else None
    return Serial(state=SerialState(row["state"]), flag=flag, conflicting_gtin=row["conflicting_gtin"])


async def fetch_suspected_serials(connection: Connection, *, limit: int) -> list[SerialName]:
    """Return serials with a warning that is not the flag of their owner; of many, some by chance."""
    rows = await connection.fetch(
        """
        SELECT gtin, serial FROM serials JOIN products ON products.id = product_id
        WHERE state <> 'authentic' AND flag IS DISTINCT FROM state ORDER BY random() LIMIT $1
        """,
        limit,
    )
    return [SerialName(*row) for row in rows]


async def lock_owned_gtins(
    connection: Connection, organization_id: UUID, gtins: Collection[str]
) -> frozenset[str]:
    """Return those of *gtins* that the organization owns, locked until the transaction ends."""
    # In one order, so that two who lock the same products never block each other for good.
    sql = (
        f"{_PRODUCTS} WHERE product.gtin = ANY($1::text[]) AND {_OWNER} = $2"
        " ORDER BY product.gtin FOR UPDATE OF product"
    )
    rows = await connection.fetch(sql, list(gtins), organization_id)
    return frozenset(row["gtin"] for row in rows)


async def flag_serials(connection: Connection, states: Mapping[SerialName, SerialState]) -> list[SerialName]:
    """Set flag and state of serials of stored products; return those that it changed."""
    rows = await connection.fetch(
        """
        WITH changed AS (
            INSERT INTO serials (product_id, serial, state, flag)
            SELECT products.id, sent.serial, sent.state, nullif(sent.state, 'authentic')
            FROM unnest($1::text[], $2::text[], $3::text[]) AS sent (gtin, serial, state)
            JOIN products USING (gtin) ORDER BY gtin, serial
            ON CONFLICT (product_id, serial) DO UPDATE SET (state, flag) = (EXCLUDED.state, EXCLUDED.flag)
            WHERE (serials.state, serials.flag) IS DISTINCT FROM (EXCLUDED.state, EXCLUDED.flag)
            RETURNING product_id, serial
        )
        SELECT gtin, changed.serial FROM changed JOIN products ON products.id = product_id
        """,
        [name.gtin for name in states],
        [name.serial for name in states],
        [state.value for state in states.values()],
    )
    return [SerialName(*row) for row in rows]


async def judge_serial(connection: Connection, name: SerialName, state: SerialState) -> bool:
    """Set the state of a serial of a stored product; tell whether it had another."""
    status = await connection.execute(
        """
        INSERT INTO serials (product_id, serial, state)
        SELECT id, $2, $3 FROM products WHERE gtin = $1 AND (
            $3 <> 'authentic' OR EXISTS (SELECT FROM serials WHERE product_id = products.id AND serial = $2)
        )
        ON CONFLICT (product_id, serial) DO UPDATE SET state = EXCLUDED.state
        WHERE serials.state <> EXCLUDED.state
        """,
        name.gtin,
        name.serial,
        state.value,
    )
    return status == "INSERT 0 1"


async def release_all(connection: Connection, organization_id: UUID) -> list[str]:
    """Give up every claim to what the organization owns, remember its own, and return the GTINs."""
    await connection.execute(
        """
        INSERT INTO tombstoned_claims (organization_id, product_id, claim_verification_status, claimed_at)
        SELECT owner_id, id, claim_verification_status, claimed_at FROM products WHERE owner_id = $1
        """,
        organization_id,
    )
    rows = await connection.fetch(
        f"""
        UPDATE products
        SET owner_id = NULL, claim_verification_status = NULL, claimed_at = NULL, {_VOUCHED}
        WHERE owner_id = $3
        OR brand_id IN (SELECT id FROM brands WHERE organization_id = $3 AND is_active)
        RETURNING gtin
        """,  # noqa: S608 - no value comes from outside
        DataSource.CROWD_SOURCED,
        AUTHORITY[DataSource.CROWD_SOURCED],
        organization_id,
    )
    return [row["gtin"] for row in rows]


async def release_brand(connection: Connection, brand_id: UUID) -> list[str]:
    """Give up every claim to the products of a brand, and return their GTINs."""
    rows = await connection.fetch(
        f"""
        UPDATE products
        SET owner_id = NULL, claim_verification_status = NULL, claimed_at = NULL, {_VOUCHED}
        WHERE brand_id = $3 RETURNING gtin
        """,  # noqa: S608 - as above
        DataSource.CROWD_SOURCED,
        AUTHORITY[DataSource.CROWD_SOURCED],
        brand_id,
    )
    return [row["gtin"] for row in rows]


async def fetch_names(connection: Connection, brand_id: UUID) -> list[tuple[UUID, str]]:
    """Return id and display name of each product of a brand, by name; one without a name is its GTIN."""
    rows = await connection.fetch(
        """
        SELECT id, coalesce(nullif(product_name, ''), gtin) AS name FROM products
        WHERE brand_id = $1 ORDER BY lower(coalesce(nullif(product_name, ''), gtin)), id
        """,
        brand_id,
    )
    return [(row["id"], row["name"]) for row in rows]


async def take_back(connection: Connection, organization_id: UUID) -> list[str]:
    """Give an organization its former claims where nobody owns the product, and return the GTINs."""
    rows = await connection.fetch(
        f"""
        WITH remembered AS (DELETE FROM tombstoned_claims WHERE organization_id = $3 RETURNING *)
        UPDATE products SET owner_id = remembered.organization_id, claimed_at = remembered.claimed_at,
            claim_verification_status = remembered.claim_verification_status, {_VOUCHED}
        FROM remembered
        WHERE products.id = remembered.product_id AND products.owner_id IS NULL AND NOT EXISTS (
            SELECT FROM brands
            WHERE brands.id = products.brand_id AND is_active AND brands.organization_id <> $3
        )
        RETURNING gtin
        """,  # noqa: S608 - as above
        DataSource.CLAIMED,
        AUTHORITY[DataSource.CLAIMED],
        organization_id,
    )
    return [row["gtin"] for row in rows]


async def forget_released(connection: Connection, organization_id: UUID) -> None:
    """Forget what an organization had claimed."""
    await connection.execute("DELETE FROM tombstoned_claims WHERE organization_id = $1", organization_id)


async def _upsert(connection: Connection, table: str, key: str, columns: Mapping[str, Any]) -> bool:
    """Insert a row of a product, or set those of its columns that differ; tell whether anything did."""
    places = ", ".join(f"${at}" for at in range(1, len(columns) + 1))
    given = [name for name in columns if name not in {"product_id", key}]
    action = "NOTHING"
    if given:
        new = ", ".join(f"EXCLUDED.{name}" for name in given)
        old = ", ".join(f"{table}.{name}" for name in given)
        action = f"UPDATE SET ({', '.join(given)}) = ROW({new}) WHERE ({old}) IS DISTINCT FROM ({new})"
    status = await connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - as in insert
        f" ON CONFLICT (product_id, {key}) DO {action}",
        *columns.values(),
    )
    return status == "INSERT 0 1"


def _to_product(row: Record) -> Product:
    values, owner_id = dict(row), row["current_owner_id"]
    if owner_id != values["owner_id"]:
        values |= take_over(values["field_confidence"], claimed_at=values["current_claimed_at"])
    return Product(
        id=values["id"],
        gtin=values["gtin"],
        owner_id=owner_id,
        claim_verification_status=values["claim_verification_status"],
        claimed_at=values["claimed_at"],
        values=values,
    )
