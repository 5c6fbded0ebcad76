"""Every query about the lots and serials that labels are for."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from product_platform.kit.db import Connection
from product_platform.products.repository.products import OWNER
from product_platform.products.schemas.labels import LabelFilters, LabelScope


class LabelItem(NamedTuple):
    """What a label is for; `expiry` as AI 17 has it."""

    gtin: str
    lot: str | None
    serial: str | None
    expiry: str | None


_TABLES = {LabelScope.LOTS: "lots", LabelScope.SERIALS: "serials"}
# Owned products first: there are more lots of others than of anybody.
_WANTED = f"""
    SELECT item.id FROM products AS product
    LEFT JOIN brands AS brand ON brand.id = product.brand_id
    JOIN {{table}} AS item ON item.product_id = product.id {{lot}}
    WHERE (product.owner_id = $1 OR product.brand_id IN (SELECT id FROM brands WHERE organization_id = $1))
    AND {OWNER} = $1 AND item.is_active
    AND ($2::text[] IS NULL OR product.gtin = ANY($2)) AND ($3::uuid IS NULL OR product.id = $3)
    AND ($4::uuid[] IS NULL OR lot.id = ANY($4)) AND ($5::uuid[] IS NULL OR item.id = ANY($5))
    AND ($6::uuid IS NULL OR lot.run_id = $6) AND (NOT $7 OR item.printed_at IS NULL)
    ORDER BY product.gtin, {{order}} LIMIT $8
"""  # noqa: S608 - no value comes from outside
_WANTED_LOTS = _WANTED.format(
    table="lots", lot="CROSS JOIN LATERAL (SELECT item.id, item.run_id) AS lot", order="item.code"
)
_WANTED_SERIALS = _WANTED.format(
    table="serials", lot="LEFT JOIN lots AS lot ON lot.id = item.lot_id", order="item.serial"
)
_LOTS = """
    SELECT gtin, code AS lot, NULL AS serial, to_char(expiry_date, 'YYMMDD') AS expiry
    FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, place)
    JOIN lots USING (id) JOIN products ON products.id = product_id ORDER BY place
"""
_SERIALS = """
    SELECT gtin, code AS lot, serial, to_char(expiry_date, 'YYMMDD') AS expiry
    FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, place)
    JOIN serials USING (id) JOIN products ON products.id = serials.product_id
    LEFT JOIN lots ON lots.id = lot_id ORDER BY place
"""


async def fetch_ids(
    connection: Connection,
    organization_id: UUID,
    scope: LabelScope,
    filters: LabelFilters,
    *,
    limit: int | None,
) -> list[UUID]:
    """Return the ids of the active lots or serials of an organization's products that pass the filters."""
    rows = await connection.fetch(
        _WANTED_LOTS if scope is LabelScope.LOTS else _WANTED_SERIALS,
        organization_id,
        filters.gtins,
        filters.product_id,
        filters.lot_ids,
        filters.serial_ids,
        filters.lot_run_id,
        filters.never_printed,
        limit,
    )
    return [row["id"] for row in rows]


async def fetch_items(connection: Connection, scope: LabelScope, ids: Sequence[UUID]) -> list[LabelItem]:
    """Return what the labels of these lots or serials are for, in the order of the ids."""
    rows = await connection.fetch(_LOTS if scope is LabelScope.LOTS else _SERIALS, ids)
    return [LabelItem(**row) for row in rows]


async def note_printed(
    connection: Connection, scope: LabelScope, ids: Sequence[UUID], *, at: datetime
) -> None:
    """Store that labels of these lots or serials were made."""
    # The name of the table is our own.
    await connection.execute(
        f"UPDATE {_TABLES[scope]} SET printed_at = $2 WHERE id = ANY($1::uuid[])",  # noqa: S608
        ids,
        at,
    )
