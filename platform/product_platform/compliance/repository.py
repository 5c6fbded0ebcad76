"""Every query about recalls."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from product_platform.compliance.models import Recall
from product_platform.compliance.schemas import RecallFilters, RecallRecord, RecallSource
from product_platform.kit.db import Connection
from product_platform.kit.listing import Listing
from product_platform.kit.pagination import Page, PageQuery

Key = tuple[RecallSource, str]
"""What an upsert goes by: who has published a recall, and under which reference."""

_RANK = "array_position(ARRAY['UNKNOWN', 'CLASS_III', 'CLASS_II', 'CLASS_I'], severity)"
# What has no date comes last in either direction.
_LIST = Listing(
    select="""
        SELECT id, title, status, source_system, severity, created, description, hazard, remedy, public_url,
            company_name, recall_date, jurisdictions
        FROM recall_gtins JOIN recalls ON recalls.id = recall_id WHERE gtin = $1
    """,
    filters={"status": "status = {}", "severity": "severity = {}", "source_system": "source_system = {}"},
    orderings={
        "recall_date": "recall_date {} NULLS LAST, created",
        "severity": f"{_RANK} {{}}, recall_date DESC NULLS LAST, created",
    },
)
_OPEN_LIST = replace(_LIST, select=f"{_LIST.select} AND status IN ('ONGOING', 'UNKNOWN')")


async def fetch_list(
    connection: Connection, gtin: str, query: PageQuery, *, filters: RecallFilters, only_open: bool = False
) -> Page[Recall]:
    """Return a page of the recalls of the GTIN that pass the filters."""
    listing = _OPEN_LIST if only_open else _LIST
    page = await listing.fetch(connection, query, filters, [gtin])
    return page.map(lambda row: Recall(**row))


async def fetch_all(connection: Connection, gtin: str) -> list[Recall]:
    """Return all recalls of the GTIN, the newest first."""
    return [Recall(**row) for row in await _LIST.fetch_all(connection, RecallFilters(), [gtin])]


async def fetch_records(connection: Connection, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
    """Return the fields of those of the recalls that are stored, as records have them."""
    sources, references = zip(*keys, strict=True)
    rows = await connection.fetch(
        """
        SELECT source_system, source_reference, title, status, severity, description, hazard, remedy,
            public_url, company_name, recall_date, jurisdictions,
            ARRAY(SELECT gtin FROM recall_gtins WHERE recall_id = recalls.id ORDER BY gtin) AS gtins
        FROM recalls JOIN unnest($1::text[], $2::text[]) AS wanted (source_system, source_reference)
            USING (source_system, source_reference)
        """,
        sources,
        references,
    )
    return {(row["source_system"], row["source_reference"]): dict(row) for row in rows}


async def store(connection: Connection, records: Iterable[RecallRecord], *, at: datetime) -> None:
    """Store recalls, each in the place of what its authority said of it before."""
    await connection.executemany(
        """
        WITH stored AS (
            INSERT INTO recalls (source_system, source_reference, title, status, severity, description,
                hazard, remedy, public_url, company_name, recall_date, jurisdictions, created, modified)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14, $14)
            ON CONFLICT (source_system, source_reference) DO UPDATE SET
                (title, status, severity, description, hazard, remedy, public_url, company_name, recall_date,
                    jurisdictions, modified) = ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $14)
            RETURNING id
        ), freed AS (
            DELETE FROM recall_gtins USING stored WHERE recall_id = stored.id AND gtin <> ALL ($13::text[])
        )
        INSERT INTO recall_gtins (gtin, recall_id) SELECT unnest($13::text[]), id FROM stored
        ON CONFLICT DO NOTHING
        """,
        # The parameters are in the order of the fields.
        [(*record.model_dump().values(), at) for record in records],
    )
