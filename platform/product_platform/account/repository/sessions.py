"""Sessions of people, and links to set a password: found by the hash of a token that only they have."""

from datetime import datetime
from uuid import UUID

from product_platform.account.models import Session, User
from product_platform.kit.db import Connection


async def find(connection: Connection, token_hash: str, *, at: datetime) -> Session | None:
    """Return the session at *at*; None when it is unknown or over, or its user is not active."""
    row = await connection.fetchrow(
        """
        SELECT u.id, u.email, u.name, u.metadata, s.authenticated_at, s.expires_at
        FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.is_active
        """,
        token_hash,
        at,
    )
    if row is None:
        return None
    user = User(id=row["id"], email=row["email"], name=row["name"], metadata=row["metadata"])
    return Session(user=user, authenticated_at=row["authenticated_at"], expires_at=row["expires_at"])


async def insert(
    connection: Connection, token_hash: str, *, user_id: UUID, at: datetime, expires_at: datetime
) -> None:
    """Store a new session; those that are over leave."""
    await connection.execute("DELETE FROM sessions WHERE expires_at <= $1", at)
    await connection.execute(
        """
        INSERT INTO sessions (token_hash, user_id, authenticated_at, expires_at, created)
        VALUES ($1, $2, $3, $4, $3)
        """,
        token_hash,
        user_id,
        at,
        expires_at,
    )


async def confirm(connection: Connection, token_hash: str, *, at: datetime) -> None:
    """Note that the password was given again."""
    await connection.execute(
        "UPDATE sessions SET authenticated_at = $2 WHERE token_hash = $1", token_hash, at
    )


async def delete(connection: Connection, token_hash: str) -> None:
    """End a session."""
    await connection.execute("DELETE FROM sessions WHERE token_hash = $1", token_hash)


async def delete_all(connection: Connection, user_id: UUID) -> None:
    """End every session of a user, and take away every link to set a password."""
    await connection.execute("DELETE FROM sessions WHERE user_id = $1", user_id)
    await connection.execute("DELETE FROM password_links WHERE user_id = $1", user_id)


async def find_password_hash(connection: Connection, email: str) -> tuple[User, str] | None:
    """Return the active user with this address and the hash of the password, if there is one."""
    row = await connection.fetchrow(
        """
        SELECT id, email, name, metadata, password_hash FROM users
        WHERE lower(email) = lower($1) AND is_active AND password_hash IS NOT NULL
        """,
        email,
    )
    if row is None:
        return None
    user = User(id=row["id"], email=row["email"], name=row["name"], metadata=row["metadata"])
    return user, row["password_hash"]


async def store_password_hash(connection: Connection, user_id: UUID, password_hash: str) -> None:
    """Store the hash of a user's password."""
    await connection.execute("UPDATE users SET password_hash = $2 WHERE id = $1", user_id, password_hash)


async def insert_link(
    connection: Connection, token_hash: str, *, user_id: UUID, at: datetime, expires_at: datetime
) -> None:
    """Store a link to set a password; those that are too old leave."""
    await connection.execute("DELETE FROM password_links WHERE expires_at <= $1", at)
    await connection.execute(
        "INSERT INTO password_links (token_hash, user_id, expires_at, created) VALUES ($1, $2, $3, $4)",
        token_hash,
        user_id,
        expires_at,
        at,
    )


async def find_link(
    connection: Connection, token_hash: str, *, at: datetime, lock: bool = False
) -> UUID | None:
    """Return the user whose link it is at *at*; *lock* keeps others from using it meanwhile."""
    user_id: UUID | None = await connection.fetchval(
        f"""
        SELECT l.user_id FROM password_links l JOIN users u ON u.id = l.user_id
        WHERE l.token_hash = $1 AND l.expires_at > $2 AND u.is_active {"FOR UPDATE OF l" if lock else ""}
        """,  # noqa: S608
        token_hash,
        at,
    )
    return user_id


async def has_link(connection: Connection, user_id: UUID, *, since: datetime) -> bool:
    """Tell whether a link was made for the user after that instant."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM password_links WHERE user_id = $1 AND created > $2)", user_id, since
    )
    return found
