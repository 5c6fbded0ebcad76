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
        changes[row["number"]].append(RuleChange(row["rule_id"], row["before"], row["after"]))
    # INVARIANT: a rule never leaves its organization, so a number names one version of the page.
    return page.map(lambda row: RuleVersion(**row, changes=changes[row["number"]]))
