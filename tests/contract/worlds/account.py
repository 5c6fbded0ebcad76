"""What cases about accounts begin from."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from tests.contract.world import World


async def prepare(world: World) -> None:
    """Let the organization have a key that cases call `key`."""
    world.names["key"] = await make_key(world, role="editor", env="prod")


async def make_key(world: World, *, env: str, **fields: str) -> str:
    path = f"/account/api/v1/organizations/{world.names['org']}/api-keys"
    body = {"name": "ERP", "metadata": {"env": env}, **fields}
    made = await world.client.post(path, json=body, headers=world.callers["owner"])
    assert made.status_code == 200, made.text
    return made.json()["id"]


GIVEN: Mapping[str, Callable[[World], Awaitable[object]]] = {
    "a publishable key of the test environment": partial(make_key, env="test", key_type="cpk"),
    "a key of a manager of the test environment": partial(make_key, env="test", role="manager"),
}
