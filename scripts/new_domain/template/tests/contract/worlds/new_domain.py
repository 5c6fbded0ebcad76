"""What cases of the domain begin from."""

from collections.abc import Awaitable, Callable, Mapping

from product_platform.kit.ids import from_short, to_short
from tests.contract.world import World


async def prepare(world: World) -> None:
    """Let the organization have an item, `item`."""
    item_id = await world.services.database.pool.fetchval(
        "INSERT INTO new_domain_items (organization_id, name, created) VALUES ($1, 'First', $2) RETURNING id",
        from_short(world.names["org"]),
        world.clock.now(),
    )
    world.names["item"] = to_short(item_id)


GIVEN: Mapping[str, Callable[[World], Awaitable[object]]] = {}
