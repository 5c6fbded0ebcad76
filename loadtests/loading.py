"""Puts a generated catalogue into a database, as far as edits need it there.

All organizations, brands, products and slices; the rules of organizations, brands and of the first
products, which are those that get edited. So the tables that an edit reads have their full size, but
for the rules, of which a few indexes are looked up.
"""

import itertools
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import asyncpg

from loadtests.base import Base
from loadtests.check import FIRST_TABLE
from loadtests.data import brand_at, item_at, organization_at, product_at
from loadtests.recipes import ITEMS_OF_BRAND, ITEMS_OF_ORGANIZATION, make_id
from product_platform.kit.ids import from_short
from resolver.table_store import TableStore
from rules_compiler.model import Item, Rule, ScopeType

EDITABLE = 5_000
"""Of so many products the rules are loaded."""

# As edges read them.
_CHUNK_BYTES = 1 << 20
_DIGEST_BYTES = 16

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_RULE_FIELDS = [
    "order_index",
    "enabled",
    "destination_type",
    "custom_url",
    "on_custom_url_dead",
    "link_type",
    "title",
    "media_type",
    "absolute_start_at",
    "absolute_end_at",
    "annual_start_mmdd",
    "annual_end_mmdd",
    "time_of_day_start",
    "time_of_day_end",
    "timezone",
    "weight",
]
_RULE_LISTS = [
    "languages",
    "contexts",
    "days_of_week",
    "location_countries",
    "location_regions",
    "location_cities",
]
_RULE_COLUMNS = ["id", "organization_id", "scope_type", "scope_id", "product_id", "slice_key"]
_RULE_COLUMNS += [*_RULE_FIELDS, *_RULE_LISTS]


async def load(url: str, base: Base) -> str:
    """Fill the migrated database at *url* with the catalogue of *base*, and say what was loaded."""
    editable = min(base.size, EDITABLE)
    connection = await asyncpg.connect(url)
    try:
        # What is loaded is whole; checking each reference again would take most of the time.
        await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        for table, columns, rows in _tables(base.size, editable):
            await connection.copy_records_to_table(table, records=rows, columns=columns)
        async with _without_indexes(connection):
            await connection.copy_records_to_table(
                "slices", records=_slices(base), columns=["key", "seq", "bytes"]
            )
        await _offer(connection, base)
        await connection.execute(f"UPDATE publish_head SET seq = {FIRST_TABLE}")
        # Or the database would do this by itself while edits are timed.
        await connection.execute("VACUUM (ANALYZE, FREEZE)")
        await connection.execute("CHECKPOINT")
        rules = await connection.fetchval("SELECT count(*) FROM resolution_rules")
        slices = await connection.fetchval("SELECT count(*) FROM slices")
    finally:
        await connection.close()
    loaded = f"{base.size:,} products, {slices:,} slices, {rules:,} rules"
    return f"{loaded}: those of {editable:,} products, of all brands and organizations"


@asynccontextmanager
async def _without_indexes(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
    """Make the indexes of slices after the block: that is faster than keeping them while rows come."""
    await connection.execute("ALTER TABLE slices DROP CONSTRAINT slices_pkey; DROP INDEX slices_seq")
    yield
    await connection.execute("SET maintenance_work_mem = '256MB'")
    await connection.execute("ALTER TABLE slices ADD PRIMARY KEY (key)")
    await connection.execute("CREATE INDEX slices_seq ON slices (seq)")


def _tables(size: int, editable: int) -> Iterator[tuple[str, list[str], Iterable[tuple[Any, ...]]]]:
    """Yield each table with its columns and rows."""
    makers = range(-(-size // ITEMS_OF_ORGANIZATION))
    brands = range(-(-size // ITEMS_OF_BRAND))
    yield "organizations", ["id", "name", "country", "default_link_type"], map(_organization_row, makers)
    yield "custom_hosts", ["organization_id", "name", "token", "verified_at"], _host_rows(makers)
    yield "brands", ["id", "organization_id", "name", "name_key"], map(_brand_row, brands)
    columns = ["id", "gtin", "brand_id", "owner_id", "claim_verification_status", "resolver_enabled"]
    yield "products", [*columns, "product_name", "description"], map(_product_row, range(size))
    yield "serials", ["product_id", "serial", "state", "flag"], _serial_rows(editable)
    parties = itertools.chain(map(organization_at, makers), map(brand_at, brands))
    yield (
        "resolution_rules",
        _RULE_COLUMNS,
        (_rule_row(rule, None) for each in parties for rule in each.rules),
    )
    yield "resolution_rules", _RULE_COLUMNS, _product_rule_rows(editable)
    yield "custom_urls", ["organization_id", "url", "status", "next_check_at"], _dead_url_rows(editable)


def _organization_row(number: int) -> tuple[Any, ...]:
    (maker,) = organization_at(number).organizations
    return (from_short(maker.id), maker.name, "CA", maker.default_link_type)


def _host_rows(makers: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    for number in makers:
        for host in organization_at(number).hosts:
            yield (from_short(host.organization_id), host.name, "token", _NOW)


def _brand_row(number: int) -> tuple[Any, ...]:
    (brand,) = brand_at(number).brands
    return (from_short(brand.id), from_short(brand.organization_id or ""), brand.name, brand.name.lower())


def product_id_of(index: int) -> UUID:
    """Return the id that the product *index* has in the database."""
    return from_short(make_id("P", index))


def _product_row(index: int) -> tuple[Any, ...]:
    (item,) = item_at(index).items
    owner = item.owner_id and from_short(item.owner_id)
    brand = item.brand_id and from_short(item.brand_id)
    facts = str(item.facts["description"])
    return (product_id_of(index), _gtin(item), brand, owner, "verified", item.is_resolvable, item.name, facts)


def _gtin(item: Item) -> str:
    return item.key.removeprefix("01/")


def _serial_rows(editable: int) -> Iterator[tuple[Any, ...]]:
    for index in range(editable):
        for instance in item_at(index).instances:
            serial = instance.key.rpartition("/")[2]
            yield (product_id_of(index), serial, str(instance.state), str(instance.state))


def _product_rule_rows(editable: int) -> Iterator[tuple[Any, ...]]:
    for index in range(editable):
        for rule in item_at(index).rules:
            yield _rule_row(rule, product_id_of(index))


def _rule_row(rule: Rule, product_id: UUID | None) -> tuple[Any, ...]:
    scope = (from_short(rule.id), from_short(rule.organization_id), str(rule.scope_type), _scope_id(rule))
    values = (getattr(rule, name) for name in _RULE_FIELDS)
    lists = (list(getattr(rule, name)) or None for name in _RULE_LISTS)
    return (*scope, product_id, rule.slice_key, *values, *lists)


def _scope_id(rule: Rule) -> str | None:
    if rule.scope_type is ScopeType.ORGANIZATION:
        return None
    if rule.scope_type is ScopeType.IDENTIFIER:
        return f"/{rule.slice_key}"
    return unquote(rule.slice_key.rpartition("/")[2])


def _dead_url_rows(editable: int) -> Iterator[tuple[Any, ...]]:
    never = datetime(2999, 1, 1, tzinfo=UTC)
    for index in range(editable):
        for rule in item_at(index).rules:
            if rule.is_dead:
                owner = from_short(product_at(index).organization_id)
                yield (owner, rule.custom_url, "UNREACHABLE", never)


async def _offer(connection: "asyncpg.Connection[asyncpg.Record]", base: Base) -> None:
    """Store the base as one that is offered: or the worker would build it while edits are timed."""
    for path in _tables_of(base):
        content = path.read_bytes()
        pieces = (content[at : at + _CHUNK_BYTES] for at in range(0, len(content), _CHUNK_BYTES))
        rows = ((FIRST_TABLE, number, piece) for number, piece in enumerate(pieces))
        await connection.copy_records_to_table("base_chunks", records=rows)
        await connection.execute(
            "INSERT INTO bases (seq, slices, size_bytes, digest, offered_at) VALUES ($1, $2, $3, $4, now())",
            FIRST_TABLE,
            base.effort.slices,
            len(content),
            blake2b(content, digest_size=_DIGEST_BYTES).digest(),
        )


def _tables_of(base: Base) -> list[Path]:
    folder = base.data_dir / "tables"
    files = TableStore(folder).read_files()
    return [folder / name for name in files.tables] if files else []


def _slices(base: Base) -> Iterator[tuple[str, int, bytes]]:
    for path in _tables_of(base):
        for _, key, value in TableStore(path.parent).open_table(path.name).items():
            yield key.decode(), FIRST_TABLE, value
