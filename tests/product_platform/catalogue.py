"""What the tests of the catalogue start from: organizations, principals, and what was recorded."""

from uuid import UUID

from product_platform.kit.db import Database
from product_platform.kit.permissions import PERMISSIONS, Principal, Role
from rules_compiler.model import SliceKey

USER_ID = UUID(int=7)


async def make_organization(database: Database, name: str = "Meadow Oats") -> UUID:
    organization: UUID = await database.pool.fetchval(
        "INSERT INTO organizations (name, country) VALUES ($1, 'SE') RETURNING id", name
    )
    return organization


def make_principal(*organizations: UUID, role: Role = Role.OWNER) -> Principal:
    return Principal(user_id=USER_ID, organizations=dict.fromkeys(organizations, PERMISSIONS[role]))


async def read_outbox(database: Database) -> set[SliceKey]:
    return {row["slice_key"] for row in await database.pool.fetch("SELECT slice_key FROM outbox")}


async def clear_outbox(database: Database) -> None:
    await database.pool.execute("DELETE FROM outbox")
