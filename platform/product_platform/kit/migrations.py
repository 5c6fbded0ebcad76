"""Bring a database to the present schema: plain SQL files, forward only."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from product_platform.kit.db import Connection, connect

# Any number will do, as long as nobody else locks it.
_LOCK = 0x5369676E706F7374

_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name       text PRIMARY KEY,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class MigrationChangedError(Exception):
    """A migration that was applied has been edited since; a change needs a file of its own."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The migration {name} was changed after it was applied: put it back, add a new one."
        )


@dataclass(frozen=True, slots=True)
class Migration:
    """One SQL file; files are applied in the order of their names."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """The SHA-256 of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations() -> list[Migration]:
    """Return the migrations of this version, oldest first."""
    folder = files("product_platform") / "migrations"
    scripts = (file for file in folder.iterdir() if file.name.endswith(".sql"))
    return sorted(
        (Migration(file.name, file.read_text(encoding="utf-8")) for file in scripts),
        key=lambda migration: migration.name,
    )


async def migrate(url: str, migrations: Sequence[Migration] | None = None) -> list[str]:
    """Apply what is missing and return the names; processes that start together take turns.

    Each file is one transaction: a file that fails leaves the ones before it applied.
    """
    connection = await connect(url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        return await _apply_missing(connection, read_migrations() if migrations is None else migrations)
    finally:
        await connection.close()  # and with it the lock


async def _apply_missing(connection: Connection, migrations: Sequence[Migration]) -> list[str]:
    await connection.execute(_TABLE)
    rows = await connection.fetch("SELECT name, checksum FROM schema_migrations")
    checksums = {row["name"]: row["checksum"] for row in rows}
    for migration in migrations:
        if checksums.get(migration.name, migration.checksum) != migration.checksum:
            raise MigrationChangedError(migration.name)
    missing = [migration for migration in migrations if migration.name not in checksums]
    for migration in missing:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)",
                migration.name,
                migration.checksum,
            )
    return [migration.name for migration in missing]
