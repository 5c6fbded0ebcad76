"""Every query about lots and serials."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from product_platform.kit.db import Connection
from product_platform.products.models import Serial, SerialName
from product_platform.products.repository.products import OWNER, PRODUCTS
from rules_compiler.model import SerialState

_SERIAL = f"""
    SELECT own.state, own.flag, (
        SELECT product.gtin
        FROM serials AS other JOIN products AS product ON product.id = other.product_id
        LEFT JOIN brands AS brand ON brand.id = product.brand_id JOIN lots ON lots.id = other.lot_id
        WHERE other.serial = own.serial AND other.product_id <> own.product_id AND {OWNER} = own.owner_id
        AND lots.production_date <= own.expiry_date AND own.production_date <= lots.expiry_date
        ORDER BY product.gtin LIMIT 1
    ) AS conflicting_gtin
    FROM (
        SELECT serials.*, {OWNER} AS owner_id, production_date, expiry_date
        FROM products AS product JOIN serials ON serials.product_id = product.id
        LEFT JOIN brands AS brand ON brand.id = product.brand_id LEFT JOIN lots ON lots.id = lot_id
        WHERE product.gtin = $1 AND serial = $2
    ) AS own
"""  # noqa: S608 - no value comes from outside


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
        f"{PRODUCTS} WHERE product.gtin = ANY($1::text[]) AND {OWNER} = $2"
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
