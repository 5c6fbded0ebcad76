"""An edge that serves the example."""

import pytest

from tests.conformance.example import make_example
from tests.resolver.edge_client import EdgeClient


@pytest.fixture
def edge() -> EdgeClient:
    return EdgeClient(make_example())
