"""Every query about resolution rules. A caller's rules are found within given organizations only."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from uuid import UUID

from asyncpg import UniqueViolationError

from product_platform.digital_link.errors import OrderTakenError, RuleIdTakenError
from product_platform.digital_link.models import StoredRule, share_a_place
from product_platform.digital_link.schemas.rules import RuleFilters
from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery, fetch_page
from rules_compiler.model import ScopeType, SliceKey

_COLUMNS = tuple(field.name for field in fields(StoredRule))

_LIST = f"""
    SELECT * FROM resolution_rules
    WHERE organization_id = $1
      AND ($2::text IS NULL OR scope_type = $2) AND ($3::boolean IS NULL OR enabled = $3)
    ORDER BY array_position('{{{",".join(ScopeType)}}}'::text[], scope_type),
        scope_id, slice_key, order_index, id
"""  # noqa: S608  # the scopes are our own


async def lock_rule_set(connection: Connection, organization_id: UUID) -> None:
    """Let no other transaction change the organization's rules until this one ends."""
    await connection.execute("SELECT FROM organizations WHERE id = $1 FOR NO KEY UPDATE", organization_id)


async def fetch_list(
    connection: Connection, organization_id: UUID, query: PageQuery, *, filters: RuleFilters
) -> Page[StoredRule]:
    """Return a page of the organization's rules in the order of evaluation."""
    page = await fetch_page(connection, _LIST, (organization_id, filters.scope_type, filters.enabled), query)
    return page.map(StoredRule.from_row)


async def fetch_all(connection: Connection, organization_id: UUID) -> list[StoredRule]:
    """Return all the organization's rules in the order of evaluation."""
    return [StoredRule.from_row(row) for row in await connection.fetch(_LIST, organization_id, None, None)]


async def find(connection: Connection, rule_id: UUID, organizations: Collection[UUID]) -> StoredRule | None:
    """Return the rule if it belongs to one of *organizations*."""
    row = await connection.fetchrow(
        "SELECT * FROM resolution_rules WHERE id = $1 AND organization_id = ANY($2::uuid[])",
        rule_id,
        list(organizations),
    )
    return None if row is None else StoredRule.from_row(row)


async def fetch_many(
    connection: Connection, organization_id: UUID, rule_ids: Collection[UUID]
) -> dict[UUID, StoredRule]:
    """Return those of the rules that belong to the organization."""
    rows = await connection.fetch(
        "SELECT * FROM resolution_rules WHERE organization_id = $1 AND id = ANY($2::uuid[])",
        organization_id,
        list(rule_ids),
    )
    return {row["id"]: StoredRule.from_row(row) for row in rows}


async def next_order_index(connection: Connection, organization_id: UUID, key: SliceKey) -> int:
    """Return the place after the last rule of the organization in a scope."""
    index: int = await connection.fetchval(
        """
        SELECT coalesce(max(order_index) + 1, 0) FROM resolution_rules
        WHERE organization_id = $1 AND slice_key = $2
        """,
        organization_id,
        key,
    )
    return index


async def insert(connection: Connection, rule: StoredRule) -> None:
    """Store a new rule; raises RuleIdTakenError. Whether its place is free, `check_places` tells."""
    places = ", ".join(f"${at}" for at in range(1, len(_COLUMNS) + 1))
    try:
        await connection.execute(
            f"INSERT INTO resolution_rules ({', '.join(_COLUMNS)}) VALUES ({places})",  # noqa: S608  # our own
            *(getattr(rule, column) for column in _COLUMNS),
        )
    except UniqueViolationError as error:
        raise RuleIdTakenError from error


async def update(connection: Connection, rule: StoredRule) -> None:
    """Store a changed rule. Whether its place is free, `check_places` tells."""
    assignments = ", ".join(f"{column} = ${at}" for at, column in enumerate(_COLUMNS, start=1))
    await connection.execute(
        f"UPDATE resolution_rules SET {assignments} WHERE id = $1",  # noqa: S608  # our own columns
        *(getattr(rule, column) for column in _COLUMNS),
    )


async def reorder(connection: Connection, rules: Sequence[StoredRule]) -> None:
    """Store new places, all at once. Whether they are free, `check_places` tells."""
    await connection.execute(
        """
        UPDATE resolution_rules SET order_index = place.order_index, modified = place.modified
        FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[]) AS place (id, order_index, modified)
        WHERE resolution_rules.id = place.id
        """,
        [rule.id for rule in rules],
        [rule.order_index for rule in rules],
        [rule.modified for rule in rules],
    )


async def check_places(connection: Connection, organization_id: UUID, rules: Sequence[StoredRule]) -> None:
    """Raise OrderTakenError when one of *rules* has the place of another, but for arms of a weight group.

    The caller has locked the rule set.
    """
    rows = await connection.fetch(
        """
        SELECT rule.* FROM unnest($2::text[], $3::integer[]) AS place (slice_key, order_index)
        JOIN resolution_rules AS rule USING (slice_key, order_index) WHERE organization_id = $1
        """,
        organization_id,
        [rule.slice_key for rule in rules],
        [rule.order_index for rule in rules],
    )
    places: dict[tuple[SliceKey, int], StoredRule] = {}
    for rule in map(StoredRule.from_row, rows):
        other = places.setdefault((rule.slice_key, rule.order_index), rule)
        if other.id != rule.id and not share_a_place(other, rule):
            raise OrderTakenError


async def delete(connection: Connection, rule_id: UUID) -> None:
    """Delete a rule."""
    await connection.execute("DELETE FROM resolution_rules WHERE id = $1", rule_id)


async def find_gtins(connection: Connection, product_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the GTINs of those of the products that are there."""
    rows = await connection.fetch(
        "SELECT id, gtin FROM products WHERE id = ANY($1::uuid[])", list(product_ids)
    )
    return {row["id"]: row["gtin"] for row in rows}


async def find_gtin(connection: Connection, product_id: UUID) -> str | None:
    """Return the GTIN of the product with this id."""
    gtin: str | None = await connection.fetchval("SELECT gtin FROM products WHERE id = $1", product_id)
    return gtin
