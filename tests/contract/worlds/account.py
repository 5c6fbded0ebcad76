"""What cases about accounts begin from."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial

from product_platform.account import to_csrf_token
from product_platform.kit.ids import from_short, to_short
from tests.contract.world import World

PASSWORD = "correct horse battery"


async def prepare(world: World) -> None:
    """Let cases call a key of the organization `key`, and memberships like their users."""
    world.names["key"] = await make_key(world, role="editor", env="prod")
    rows = await world.services.database.pool.fetch(
        "SELECT memberships.id, email FROM memberships JOIN users ON users.id = user_id"
    )
    for row in rows:
        world.names[row["email"].replace("@example.com", "_member")] = to_short(row["id"])


async def make_key(world: World, *, env: str, **fields: str) -> str:
    path = f"/account/api/v1/organizations/{world.names['org']}/api-keys"
    body = {"name": "ERP", "metadata": {"env": env}, **fields}
    made = await world.client.post(path, json=body, headers=world.callers["owner"])
    assert made.status_code == 200, made.text
    return made.json()["id"]


async def set_password(world: World) -> None:
    owner = from_short(world.names["owner_user"])
    await world.accounts.passwords.store(world.services.database, owner, PASSWORD)


async def log_in(world: World, *, minutes_ago: int = 0) -> None:
    """Let the owner be logged in as `session`, whom a page elsewhere forges as `forged`."""
    await set_password(world)
    token, _ = await world.accounts.sessions.open(world.services.database, "owner@example.com", PASSWORD)
    world.callers["forged"] = {"Cookie": f"__Host-session={token}"}
    world.callers["session"] = {**world.callers["forged"], "X-CSRFToken": to_csrf_token(token)}
    world.clock.advance(60 * minutes_ago)


async def demand_no_password(world: World) -> None:
    await world.services.database.pool.execute("UPDATE organizations SET require_reauth_to_delete = false")


async def make_link(world: World) -> None:
    owner = from_short(world.names["owner_user"])
    async with world.services.database.transaction() as connection:
        world.names["link"] = await world.accounts.passwords.make_link(
            connection, owner, lasts=timedelta(days=7)
        )


async def let_a_week_pass(world: World) -> None:
    world.clock.advance(timedelta(days=7).total_seconds())


GIVEN: Mapping[str, Callable[[World], Awaitable[object]]] = {
    "a publishable key of the test environment": partial(make_key, env="test", key_type="cpk"),
    "a key of a manager of the test environment": partial(make_key, env="test", role="manager"),
    "the owner has a password": set_password,
    "the owner logged in": log_in,
    "the owner logged in 15 minutes ago": partial(log_in, minutes_ago=15),
    "no fresh password is demanded": demand_no_password,
    "a link for the owner": make_link,
    "a week passed": let_a_week_pass,
}
