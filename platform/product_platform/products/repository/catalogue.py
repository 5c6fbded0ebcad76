"""Every query about lists of the whole catalogue, which stay quick when it has millions of products.

A sample of the table tells first how many products a list has. Where there are many, the page is
found by walking along an index in the order that is asked for; where there are few, they are found
by the indexes of what is asked for, and put into order. Only few are counted one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

from product_platform.brands import to_name_key
from product_platform.kit.db import Connection, get_row
from product_platform.kit.pagination import Page, PageQuery
from product_platform.products.models import Product
from product_platform.products.repository.products import OWNER, PRODUCTS, to_product
from product_platform.products.schemas.fields import DataSource
from product_platform.products.schemas.trade_items import TradeItemFilters

COUNTED: Final = 10_000
"""As many products of a list are counted; of more, the number is an estimate."""

# Enough blocks of the table to tell 1 % from 2 %, read in a millisecond.
_SAMPLED_BLOCKS: Final = 120
_MANY: Final = 30
# More of the rarest pieces of what is searched for find no fewer products.
_PIECES: Final = 4
_PIECE_LENGTH: Final = 3

_FROM = "FROM products AS product LEFT JOIN brands AS brand ON brand.id = product.brand_id"
# The planner takes what it cannot look into for half the table, so that it walks where there are many.
_DATA_SOURCE = f"""
    CASE WHEN {OWNER} IS DISTINCT FROM product.owner_id THEN {{}} = 'claimed'
    ELSE product.data_source = {{}} END
"""
_CLAIMED = """(
    product.owner_id IS NOT NULL OR product.brand_id = ANY(ARRAY(
        SELECT id FROM brands WHERE is_active AND organization_id IS NOT NULL
    ))
)"""
_IN_BRANDS = "product.brand_id = ANY({}::uuid[])"
_COLUMNS: Final = {
    "created": "product.created",
    "product_name": "product.product_name",
    "confidence_score": "product.confidence_score",
    "brand": "coalesce(brand.name, '')",
}
ORDERINGS: Final = {
    f"{sign}{name}": f"ORDER BY {column} {direction}, product.id {direction}"
    for name, column in _COLUMNS.items()
    for sign, direction in (("", "ASC"), ("-", "DESC"))
}

_SAMPLE = """
    SELECT count(*) AS rows, count(*) FILTER (WHERE {where}) AS hits, {share} AS share
    FROM (SELECT * FROM products TABLESAMPLE SYSTEM (100 * {share})) AS product
    LEFT JOIN brands AS brand ON brand.id = product.brand_id
"""
_SHARE = f"""least(1, {_SAMPLED_BLOCKS} / greatest(
    pg_relation_size('products') / current_setting('block_size')::float8, 1
))"""

# What the statistics do not name is rare.
_RAREST = """
    SELECT array(
        SELECT piece FROM unnest(trigrams($1)) AS piece LEFT JOIN (
            SELECT unnest(most_common_elems::text::text[]) AS piece, unnest(most_common_elem_freqs) AS share
            FROM pg_stats WHERE schemaname = current_schema() AND tablename = 'products_name_trigrams'
        ) AS common USING (piece)
        ORDER BY share NULLS FIRST LIMIT $2
    )
"""


# Two lists, each with an index that has it in order: what is claimed, and what comes with a brand.
_OWNED = """
    SELECT product.id, product.claimed_at AS since
    FROM products AS product LEFT JOIN brands AS brand ON brand.id = product.brand_id
    WHERE product.owner_id = $1
    AND (brand.organization_id IS NULL OR NOT brand.is_active OR brand.organization_id = $1)
    UNION ALL
    SELECT product.id, brand.claimed_at
    FROM brands AS brand JOIN products AS product ON product.brand_id = brand.id
    WHERE brand.organization_id = $1 AND brand.is_active AND product.owner_id IS DISTINCT FROM $1
"""
_COUNT_OWNED = f"SELECT count(*) FROM ({_OWNED}) AS owned"  # noqa: S608 - no value comes from outside


class _Condition(NamedTuple):
    """SQL with `{}` in the place of each value."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(slots=True)
class _Conditions:
    """What the products of a list have in common.

    `indexed` is true of all of them, and perhaps of more; it is left out where an index would not help.
    """

    exact: list[_Condition] = field(default_factory=list)
    indexed: list[_Condition] = field(default_factory=list)

    def render(self, *, indexed: bool) -> tuple[str, list[Any]]:
        """Return the conditions as SQL, and its values."""
        parts, values = ["true"], list[Any]()
        for condition in [*self.exact, *(self.indexed if indexed else ())]:
            places = (
                f"${number}" for number in range(len(values) + 1, len(values) + 1 + len(condition.values))
            )
            parts.append(condition.sql.format(*places))
            values += condition.values
        return " AND ".join(parts), values


async def fetch_page_of(
    connection: Connection, query: PageQuery, *, filters: TradeItemFilters
) -> Page[Product]:
    """Return a page of the products that pass the filters.

    `total_count` is exact where few are found, and an estimate where a sample has many; `has_next` is exact.
    """
    order = ORDERINGS[filters.ordering]
    conditions = await _read_conditions(connection, filters)
    share, hits, count = await _estimate(connection, conditions)
    if share < 1 and hits < _MANY:
        found, matches = await _find_few(connection, conditions, filters.ordering, query)
        if matches <= COUNTED:
            return Page.of(await _fetch(connection, found), matches, query)
        count = max(count, matches)
    found = await _walk(connection, conditions, filters.ordering, order, query)
    if share < 1:
        count = _correct(count, query, found=len(found))
    return Page.of(await _fetch(connection, found[: query.page_size]), count, query)


def _correct(estimate: int, query: PageQuery, *, found: int) -> int:
    """Return how many products a list has by what was *found* on the page and behind it."""
    seen = query.offset + found
    if found > query.page_size:
        return max(estimate, seen)
    return seen if found else min(estimate, query.offset)


async def find_by_id(connection: Connection, product_id: UUID) -> Product | None:
    """Return the product with this id."""
    row = await connection.fetchrow(f"{PRODUCTS} WHERE product.id = $1", product_id)
    return None if row is None else to_product(row)


async def fetch_owned(connection: Connection, query: PageQuery, *, organization_id: UUID) -> Page[Product]:
    """Return a page of what the organization owns, the newest claim first."""
    total: int = await connection.fetchval(_COUNT_OWNED, organization_id)
    if query.offset >= total:
        return Page.of([], total, query)
    rows = await connection.fetch(
        f"{_OWNED} ORDER BY since DESC NULLS LAST, id LIMIT {query.page_size} OFFSET {query.offset}",
        organization_id,
    )
    return Page.of(await _fetch(connection, [row["id"] for row in rows]), total, query)


async def _read_conditions(connection: Connection, filters: TradeItemFilters) -> _Conditions:
    conditions = _Conditions()
    if filters.q:
        await _add_search(connection, conditions, filters.q.lower())
    if filters.brand:
        sql = "SELECT id FROM brands WHERE name_key = $1"
        rows = await connection.fetch(sql, to_name_key(filters.brand))
        conditions.exact.append(_Condition(_IN_BRANDS, ([row["id"] for row in rows],)))
    for name in ("category_id", "country_of_origin"):
        if value := getattr(filters, name):
            conditions.exact.append(_Condition(f"product.{name} = {{}}", (value,)))
    if filters.data_source:
        conditions.exact.append(_Condition(_DATA_SOURCE, (filters.data_source, filters.data_source)))
        if filters.data_source is not DataSource.CLAIMED:
            conditions.indexed.append(_Condition("product.data_source = {}", (filters.data_source,)))
    if filters.is_claimed is not None:
        conditions.exact.append(_Condition(f"{_CLAIMED} IS {'' if filters.is_claimed else 'NOT '}TRUE"))
    return conditions


async def _add_search(connection: Connection, conditions: _Conditions, text: str) -> None:
    """Ask for *text* in the name of the product or of its brand."""
    is_indexed = len(text) >= _PIECE_LENGTH
    pieces = "AND trigrams(lower(name)) @> trigrams($1)" if is_indexed else ""
    sql = f"SELECT id FROM brands WHERE strpos(lower(name), $1) > 0 {pieces}"  # noqa: S608 - our own
    brands = [row["id"] for row in await connection.fetch(sql, text)]
    name = "strpos(lower(product.product_name), {}) > 0"
    conditions.exact.append(_Condition(f"({name} OR {_IN_BRANDS})", (text, brands)))
    if is_indexed:
        rarest = await connection.fetchval(_RAREST, text, _PIECES)
        name = "trigrams(lower(product.product_name)) @> {}::text[]"
        conditions.indexed.append(_Condition(f"({name} OR {_IN_BRANDS})", (rarest, brands)))


async def _estimate(connection: Connection, conditions: _Conditions) -> tuple[float, int, int]:
    """Return the share of the table that was looked at, how many matched there, and how many would in all.

    Of a small table all is looked at, so that the estimate is the number itself.
    """
    where, values = conditions.render(indexed=False)
    row = await get_row(connection, _SAMPLE.format(where=where, share=_SHARE), *values)
    return row["share"], row["hits"], round(row["hits"] / row["share"])


async def _find_few(
    connection: Connection, conditions: _Conditions, ordering: str, query: PageQuery
) -> tuple[list[UUID], int]:
    """Find all that match, unless they are too many; return a page of them and how many they are."""
    where, values = conditions.render(indexed=True)
    column, direction = _COLUMNS[ordering.removeprefix("-")], "DESC" if ordering.startswith("-") else "ASC"
    order = f"ORDER BY place {direction}, id {direction}"
    sql = f"""
        WITH matching AS MATERIALIZED (
            SELECT product.id, {column} AS place {_FROM} WHERE {where} LIMIT {COUNTED + 1}
        ), page AS (
            SELECT id, place FROM matching {order} LIMIT {query.page_size} OFFSET {query.offset}
        )
        SELECT counted.matches, page.id FROM (SELECT count(*) AS matches FROM matching) AS counted
        LEFT JOIN page ON true {order}
    """  # noqa: S608 - no value comes from outside
    rows = await connection.fetch(sql, *values)
    return [row["id"] for row in rows if row["id"] is not None], rows[0]["matches"]


async def _walk(
    connection: Connection, conditions: _Conditions, ordering: str, order: str, query: PageQuery
) -> list[UUID]:
    """Return the ids of a page and of the row behind it, along the index that has the order."""
    where, values = conditions.render(indexed=False)
    limit = f"LIMIT {query.page_size + 1} OFFSET {query.offset}"
    if ordering.removeprefix("-") == "brand":
        direction = "DESC" if ordering.startswith("-") else "ASC"
        last = query.offset + query.page_size + 1
        sql = _BY_BRAND.format(where=where, direction=direction, last=last, limit=limit)
    else:
        sql = f"SELECT product.id {_FROM} WHERE {where} {order} {limit}"
    return [row["id"] for row in await connection.fetch(sql, *values)]


# Products without a brand have no row in the index of brand names: they are a list of their own. Each
# list is limited, so that each is read in its order no further than the page goes.
_BY_BRAND = f"""
    (
        SELECT '' AS brand_name, product.id {_FROM} WHERE product.brand_id IS NULL AND {{where}}
        ORDER BY product.id {{direction}} LIMIT {{last}}
    ) UNION ALL (
        SELECT brand.name, product.id
        FROM brands AS brand JOIN products AS product ON product.brand_id = brand.id WHERE {{where}}
        ORDER BY brand.name {{direction}}, product.id {{direction}} LIMIT {{last}}
    ) ORDER BY brand_name {{direction}}, id {{direction}} {{limit}}
"""  # noqa: S608


async def _fetch(connection: Connection, ids: Sequence[UUID]) -> list[Product]:
    """Return the products with these ids, in this order."""
    rows = await connection.fetch(f"{PRODUCTS} WHERE product.id = ANY($1::uuid[])", ids)
    products = {row["id"]: to_product(row) for row in rows}
    return [products[product_id] for product_id in ids if product_id in products]
