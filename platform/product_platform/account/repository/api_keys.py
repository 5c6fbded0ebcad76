"""API keys: those of one organization for its managers, and any key by its hash."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from product_platform.account.errors import ApiKeyNotFoundError
from product_platform.account.models import ApiKey, Credential
from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery, fetch_page
from product_platform.kit.permissions import PERMISSIONS, KeyType, Permission, Principal, Role
from product_platform.kit.quotas import DEFAULT_QUOTAS, PUBLISHABLE_QUOTAS, Quotas

_COLUMNS = """
    id, key_type, organization_id, user_id, name, description, role, metadata, is_active, expires_at,
    last_used, rate_limit_per_minute, rate_limit_per_day, created
"""


class OrganizationKeys:
    """The keys of one organization, for a principal who may manage them, or it cannot be made."""

    def __init__(self, connection: Connection, principal: Principal, organization_id: UUID) -> None:
        principal.require(Permission.MANAGE_API_KEYS, organization_id)
        self._connection = connection
        self._organization_id = organization_id

    async def fetch_page(self, query: PageQuery, *, metadata: Mapping[str, str]) -> Page[ApiKey]:
        """Return a page of those whose metadata contain *metadata*, newest first."""
        page = await fetch_page(
            self._connection,
            f"""
            SELECT {_COLUMNS} FROM api_keys WHERE organization_id = $1 AND metadata @> $2
            ORDER BY created DESC, id DESC
            """,  # noqa: S608
            (self._organization_id, dict(metadata)),
            query,
        )
        return page.map(_to_key)

    async def get(self, key_id: UUID) -> ApiKey:
        """Return the key, kept as it is until the transaction ends; raises ApiKeyNotFoundError."""
        row = await self._connection.fetchrow(
            f"SELECT {_COLUMNS} FROM api_keys WHERE id = $1 AND organization_id = $2 FOR UPDATE",  # noqa: S608
            key_id,
            self._organization_id,
        )
        if row is None:
            raise ApiKeyNotFoundError(key_id)
        return _to_key(row)

    async def store(self, key: ApiKey) -> None:
        """Write down what may change of *key*."""
        await self._connection.execute(
            """
            UPDATE api_keys SET name = $3, description = $4, metadata = $5, is_active = $6
            WHERE id = $1 AND organization_id = $2
            """,
            key.id,
            self._organization_id,
            key.name,
            key.description,
            key.metadata,
            key.is_active,
        )

    async def delete(self, key_id: UUID) -> None:
        """Remove the key; raises ApiKeyNotFoundError."""
        sql = "DELETE FROM api_keys WHERE id = $1 AND organization_id = $2 RETURNING id"
        if await self._connection.fetchval(sql, key_id, self._organization_id) is None:
            raise ApiKeyNotFoundError(key_id)


async def find_own(connection: Connection, principal: Principal) -> ApiKey | None:
    """Return the key that the principal came with, if it was one."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM api_keys WHERE id = $1",  # noqa: S608
        principal.key_id,
    )
    return None if row is None else _to_key(row)


async def insert(connection: Connection, key: ApiKey, *, key_hash: str) -> None:
    """Store a new key."""
    await connection.execute(
        f"""
        INSERT INTO api_keys ({_COLUMNS}, key_hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        """,  # noqa: S608
        *asdict(key).values(),
        key_hash,
    )


async def find_credential(connection: Connection, key_hash: str, *, at: datetime) -> Credential | None:
    """Return whom the key with this hash stands for at *at*.

    None when it is unknown, inactive or expired, when its organization is deleted, or when it is
    the key of a user who is no longer active.
    """
    row = await connection.fetchrow(
        """
        SELECT k.id, k.key_type, k.role, k.organization_id, k.user_id, k.last_used, k.rate_limit_per_minute,
            k.rate_limit_per_day,
            (
                SELECT coalesce(jsonb_object_agg(m.organization_id, m.role), '{}')
                FROM memberships m JOIN organizations o ON o.id = m.organization_id
                WHERE m.user_id = k.user_id AND k.key_type = 'csu' AND o.deleted_at IS NULL
            ) AS memberships
        FROM api_keys k JOIN users u ON u.id = k.user_id LEFT JOIN organizations o ON o.id = k.organization_id
        WHERE k.key_hash = $1 AND k.is_active AND (k.expires_at IS NULL OR k.expires_at > $2)
        AND o.deleted_at IS NULL AND (u.is_active OR k.key_type <> 'csu')
        """,
        key_hash,
        at,
    )
    return None if row is None else _to_credential(row)


async def revoke_all(connection: Connection, organization_id: UUID) -> None:
    """Revoke every key of an organization."""
    await connection.execute(
        "UPDATE api_keys SET is_active = false WHERE organization_id = $1 AND is_active", organization_id
    )


async def write_use(connection: Connection, key_id: UUID, *, at: datetime, unless_after: timedelta) -> None:
    """Write down that the key was used, unless that was done less than *unless_after* ago."""
    await connection.execute(
        "UPDATE api_keys SET last_used = $2 WHERE id = $1 AND (last_used IS NULL OR last_used <= $3)",
        key_id,
        at,
        at - unless_after,
    )


def _to_key(row: asyncpg.Record) -> ApiKey:
    return ApiKey(**{**row, "key_type": KeyType(row["key_type"]), "role": Role(row["role"])})


def _to_credential(row: asyncpg.Record) -> Credential:
    key_type, own = KeyType(row["key_type"]), PERMISSIONS[Role(row["role"])]
    if key_type is KeyType.USER:
        # A key may do less than its user, never more.
        organizations = {UUID(id_): PERMISSIONS[Role(role)] & own for id_, role in row["memberships"].items()}
    else:
        organizations = {row["organization_id"]: own}
    principal = Principal(
        user_id=row["user_id"],
        key_id=row["id"],
        key_type=key_type,
        organizations=organizations,
        quotas=_read_quotas(row, key_type),
    )
    return Credential(principal, row["id"], row["last_used"])


def _read_quotas(row: asyncpg.Record, key_type: KeyType) -> Quotas:
    """Return the quotas of a key: its own, or where those are 0 the default of its type."""
    usual = PUBLISHABLE_QUOTAS if key_type is KeyType.PUBLISHABLE else DEFAULT_QUOTAS
    return Quotas(
        row["rate_limit_per_minute"] or usual.per_minute, row["rate_limit_per_day"] or usual.per_day
    )
