"""What cases about recalls begin from."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from product_platform.compliance import import_recalls
from tests.contract.world import World

_RECALLED, _SAFE, _LATER, _UNKNOWN = "952123450012", "09506000134352", "09520000100018", "09520000100025"

_RECALLS: list[dict[str, Any]] = [
    {
        "source_system": "FDA",
        "source_reference": "F-123",
        "title": "Undeclared milk in oat bars",
        "status": "ONGOING",
        "severity": "CLASS_I",
        "description": "Lots A1 to A9",
        "hazard": "Allergic reaction",
        "remedy": "Return for refund",
        "public_url": "https://recalls.example/123",
        "company_name": "Havrefin",
        "recall_date": "2030-02-01",
        "jurisdictions": ["US", "US-CA"],
        "gtins": [_RECALLED, _LATER],
    },
    {"source_system": "FSIS", "title": "Glass in jars", "severity": "CLASS_II", "recall_date": "2030-03-01"},
    {"source_system": "CPSC", "title": "Loose lid", "severity": "CLASS_III", "status": "ONGOING"},
    {
        "source_system": "HEALTH_CANADA",
        "title": "Missing label",
        "status": "ONGOING",
        "recall_date": "2030-01-01",
    },
    {"source_system": "FDA", "title": "Done with", "status": "COMPLETED", "gtins": [_RECALLED, _SAFE]},
    {"source_system": "FDA", "title": "Ended", "status": "TERMINATED", "gtins": [_RECALLED, _SAFE]},
]


async def prepare(world: World) -> None:
    """Let there be the product `recalled`, and `safe`, whose recalls are all over, and one without any."""
    world.names |= {"recalled": _RECALLED, "safe": _SAFE, "later": _LATER, "unknown_gtin": _UNKNOWN}
    for gtin in (_RECALLED, _SAFE, "012345678905"):
        await add_product(world, gtin)
    lines = [
        json.dumps({"gtins": [_RECALLED], "source_reference": recall["title"], **recall})
        for recall in _RECALLS
    ]
    report = await import_recalls(world.services.database, lines, clock=world.clock)
    assert report.problems == []


async def add_product(world: World, gtin: str) -> None:
    await world.services.database.pool.execute("INSERT INTO products (gtin) VALUES (lpad($1, 14, '0'))", gtin)


async def add_later(world: World) -> None:
    await add_product(world, _LATER)


GIVEN: Mapping[str, Callable[[World], Awaitable[object]]] = {"a product that came later": add_later}
