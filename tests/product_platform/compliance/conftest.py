"""What the tests of this domain start from: recalls that were loaded, and products that they concern."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from product_platform.compliance import RecallReport, import_recalls
from product_platform.kit.services import Services

GTIN = "09520000100018"
OTHER_GTIN = "09520000100025"

Load = Callable[..., Awaitable[RecallReport]]


def make_line(reference: str, **fields: Any) -> str:
    """Return the line of a recall of the FDA that goes on and concerns the first product."""
    recall = {
        "source_system": "FDA",
        "source_reference": reference,
        "title": reference,
        "status": "ONGOING",
        "gtins": [GTIN],
    }
    return json.dumps({**recall, **fields})


@pytest.fixture
def load(services: Services) -> Load:
    """Load lines."""

    async def load(*lines: str, **options: Any) -> RecallReport:
        return await import_recalls(services.database, lines, clock=services.clock, **options)

    return load
