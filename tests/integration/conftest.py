"""One installation with four workers, for all tests that leave it whole."""

from collections.abc import Iterator

import pytest

from tests.conftest import open_folder
from tests.integration.clients import Brand
from tests.integration.running import Up, running, wait_until

WORKERS = 4


@pytest.fixture(scope="session")
def up() -> Iterator[Up]:
    with open_folder() as folder, running(folder / "data", "--workers", str(WORKERS)) as up:
        up.ready = up.wait_until_ready()
        wait_until(lambda: len(up.edge_workers()) == WORKERS, what="every edge worker")
        yield up


@pytest.fixture(scope="session")
def owner(up: Up) -> Brand:
    """Act as the owner of the installation, with the key that `signpost up` prints."""
    return Brand(up.port, up.ready["api_key"], up.ready["organization_id"])


@pytest.fixture
def brand(owner: Brand, request: pytest.FixtureRequest) -> Brand:
    """Act as an organization of the test's own."""
    return owner.found_organization(request.node.name)
