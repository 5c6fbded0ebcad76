"""Raw bytes to a running edge: broken framing, odd versions, what breaks lines; `make fuzz` tries more."""

import pytest

from tests.fuzz.service import fill
from tests.fuzz.wire import WireFuzz
from tests.integration.running import Up

pytestmark = pytest.mark.processes

INPUTS = 6_000
SEED = 20260115


def test_no_bytes_break_the_edge(up: Up) -> None:
    gtin, workers = fill(up), up.edge_workers()
    fuzz = WireFuzz(up.port, SEED)
    fuzz.run(INPUTS)
    assert set(fuzz.seen) >= {"200", "307", "400", "401", "404", "405"}
    assert up.get(f"/01/{gtin}?linkType=linkset")[0] == 200
    assert up.edge_workers() == workers
