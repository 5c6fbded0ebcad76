"""The versions of a rule set: who changed what, when, and why."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from product_platform.digital_link.models import RuleChange, RuleVersion
from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery, fetch_page

_ADD_VERSION = """
    INSERT INTO rule_versions (organization_id, number, author_id, author, note, at)
    SELECT $1, coalesce(max(number), 0) + 1, $2,
        coalesce((SELECT coalesce(nullif(name, ''), email) FROM users WHERE id = $2), ''), $3, $4
    FROM rule_versions WHERE organization_id = $1
    RETURNING number
"""

_VERSIONS = "SELECT * FROM rule_versions WHERE organization_id = $1 ORDER BY number DESC"

_VERSIONS_OF_RULE = """
    SELECT version.* FROM rule_versions AS version JOIN rule_changes USING (organization_id, number)
    WHERE rule_id = $1 AND organization_id = ANY($2::uuid[]) ORDER BY number DESC
"""

_CHANGES = """
    SELECT * FROM rule_changes
    WHERE (organization_id, number) IN (SELECT * FROM unnest($1::uuid[], $2::bigint[]))
      AND ($3::uuid IS NULL OR rule_id = $3)
    ORDER BY number, rule_id
"""

# What happened behind one version and up to another, as one change of each rule. Each name in
# $4 is a scope_id, and the whole organization has none; null is every rule.
_NET_CHANGES = """
    SELECT rule_id, before, after FROM (
        SELECT rule_id, (array_agg(before ORDER BY number))[1] AS before,
            (array_agg(after ORDER BY number DESC))[1] AS after
        FROM rule_changes
        WHERE organization_id = $1 AND number > $2 AND number <= $3
        GROUP BY rule_id
    ) AS net
    WHERE before - 'modified' IS DISTINCT FROM after - 'modified'
      AND ($4::text[] IS NULL OR before ->> 'scope_type' = 'ORGANIZATION'
        OR after ->> 'scope_type' = 'ORGANIZATION'
        OR before ->> 'scope_id' = ANY($4) OR after ->> 'scope_id' = ANY($4))
    ORDER BY rule_id
"""

_NUMBER_AT = "SELECT coalesce(max(number), 0) FROM rule_versions WHERE organization_id = $1 AND at <= $2"


async def read_number_at(connection: Connection, organization_id: UUID, at: datetime) -> int:
    """Return the number of the version that was the newest at *at*, 0 when there was none."""
    number: int = await connection.fetchval(_NUMBER_AT, organization_id, at)
    return number


async def fetch_net_changes(
    connection: Connection,
    organization_id: UUID,
    versions: range,
    *,
    scope_ids: Collection[str] | None = None,
) -> list[RuleChange]:
    """Return how each rule was before the first of *versions* and is after the last, if that differs.

    With *scope_ids* rules of other scopes are left out, as far as their scope has an id.
    """
    scopes = None if scope_ids is None else list(scope_ids)
    rows = await connection.fetch(
        _NET_CHANGES, organization_id, versions.start - 1, versions.stop - 1, scopes
    )
    return [_to_change(row) for row in rows]


async def fetch_net_changes_page(
    connection: Connection, organization_id: UUID, versions: range, query: PageQuery
) -> Page[RuleChange]:
    """Return a page of what `fetch_net_changes` returns."""
    args = (organization_id, versions.start - 1, versions.stop - 1, None)
    page = await fetch_page(connection, _NET_CHANGES, args, query)
    return page.map(_to_change)


async def read_newest(connection: Connection, organization_id: UUID) -> int:
    """Return the number of the organization's newest version, 0 before there is one."""
    number: int = await connection.fetchval(
        "SELECT coalesce(max(number), 0) FROM rule_versions WHERE organization_id = $1", organization_id
    )
    return number


async def add_version(
    connection: Connection,
    organization_id: UUID,
    changes: Sequence[RuleChange],
    *,
    author_id: UUID,
    note: str,
    at: datetime,
) -> None:
    """Store the next version. The caller has locked the rule set."""
    number: int = await connection.fetchval(_ADD_VERSION, organization_id, author_id, note, at)
    await connection.executemany(
        "INSERT INTO rule_changes VALUES ($1, $2, $3, $4, $5)",
        [(organization_id, number, change.rule_id, change.before, change.after) for change in changes],
    )


async def fetch_versions(
    connection: Connection, organization_id: UUID, query: PageQuery
) -> Page[RuleVersion]:
    """Return a page of the organization's versions with all their changes, newest first."""
    page = await fetch_page(connection, _VERSIONS, (organization_id,), query)
    return await _with_changes(connection, page, rule_id=None)


async def fetch_versions_of_rule(
    connection: Connection, rule_id: UUID, organizations: Collection[UUID], query: PageQuery
) -> Page[RuleVersion]:
    """Return a page of the versions that changed a rule of *organizations*, newest first."""
    page = await fetch_page(connection, _VERSIONS_OF_RULE, (rule_id, list(organizations)), query)
    return await _with_changes(connection, page, rule_id=rule_id)


async def _with_changes(
    connection: Connection, page: Page[Record], *, rule_id: UUID | None
) -> Page[RuleVersion]:
    organizations = [row["organization_id"] for row in page.data]
    numbers = [row["number"] for row in page.data]
    changes: defaultdict[int, list[RuleChange]] = defaultdict(list)
    for row in await connection.fetch(_CHANGES, organizations, numbers, rule_id):
        changes[row["number"]].append(_to_change(row))
    # INVARIANT: a rule never leaves its organization, so a number names one version of the page.
    return page.map(lambda row: RuleVersion(**row, changes=changes[row["number"]]))


def _to_change(row: Record) -> RuleChange:
    return RuleChange(row["rule_id"], row["before"], row["after"])
