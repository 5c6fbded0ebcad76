"""Users, who belong to no organization before somebody says so."""

from datetime import datetime
from uuid import UUID

from product_platform.account.models import User
from product_platform.kit.db import Connection, get_row

_COLUMNS = "id, email, name, metadata"


async def insert(connection: Connection, email: str, *, name: str, at: datetime) -> User | None:
    """Store a new user; None when the address is taken."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO users (email, name, created) VALUES ($1, $2, $3)
        ON CONFLICT (lower(email)) DO NOTHING RETURNING {_COLUMNS}
        """,  # noqa: S608
        email,
        name,
        at,
    )
    return None if row is None else User(**row)


async def get(connection: Connection, user_id: UUID) -> User:
    """Return the user with this id, which comes from a row that refers to it."""
    return User(**await get_row(connection, f"SELECT {_COLUMNS} FROM users WHERE id = $1", user_id))  # noqa: S608


async def find_by_email(connection: Connection, email: str) -> User | None:
    """Return the user with this address, in whatever case it is written."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM users WHERE lower(email) = lower($1)",  # noqa: S608
        email,
    )
    return None if row is None else User(**row)


async def find_first_owner(connection: Connection, organization_id: UUID) -> UUID | None:
    """Return the user who has owned the organization the longest; None when it is deleted or unknown."""
    user_id: UUID | None = await connection.fetchval(
        """
        SELECT m.user_id FROM memberships m JOIN organizations o ON o.id = m.organization_id
        WHERE m.organization_id = $1 AND m.role = 'owner' AND o.deleted_at IS NULL
        ORDER BY m.created, m.id LIMIT 1
        """,
        organization_id,
    )
    return user_id
