"""Every operation of every API, tried by everybody, held against `operations.yaml`."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from admin_api.wiring import create_domains
from tests.tenancy.table import ACTORS, OTHERS, Operation, read_operations
from tests.tenancy.world import SECRET, World, make_database, open_world

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="module")]

REFUSALS = {401, 403, 404}
METHODS = {"get", "put", "post", "patch", "delete"}
OPERATIONS = read_operations()


def find_operations() -> Iterator[tuple[str, str]]:
    """Return every operation that an API documents, by domain and name."""
    for domain in create_domains():
        for path, operations in domain.app.openapi()["paths"].items():
            yield from ((domain.name, f"{method.upper()} {path}") for method in operations.keys() & METHODS)


@pytest.fixture(scope="module")
def tenancy_url(postgres_url: str) -> str:
    """Make a database of this module's own, for it lives through many tests."""
    return make_database(postgres_url, "tenancy")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tenancy_url: str, valkey_url: str) -> AsyncIterator[World]:
    async with open_world(tenancy_url, valkey_url) as world:
        yield world


async def test_every_operation_has_its_line() -> None:
    documented = set(find_operations())
    assert documented - OPERATIONS.keys() == set(), "write these into tests/tenancy/operations.yaml"
    assert OPERATIONS.keys() - documented == set(), "these are no operations any more"


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.id)
async def test_everybody_is_answered_as_the_table_says(world: World, operation: Operation) -> None:
    found, leaks, writers = {}, {}, []
    for actor in ACTORS:
        async with world.database.trial() as trial:
            answer = await world.ask(
                actor,
                operation.method,
                operation.url(world.mount(operation.domain), world.names),
                operation.content(world.names),
                operation.type,
            )
            is_ok = answer.is_success if operation.ok is None else answer.status_code == operation.ok
            found[actor] = "ok" if is_ok else str(answer.status_code)
        if actor in OTHERS and SECRET in answer.text:
            leaks[actor] = answer.text
        if trial.has_written and answer.status_code in REFUSALS:
            writers.append(actor)
    assert found == operation.answers
    assert leaks == {}, "an organization's own is told to a stranger"
    assert writers == [], "a refused request has changed something"


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.id)
async def test_what_is_anothers_is_not_had_by_naming_ones_own_organization(
    world: World, operation: Operation
) -> None:
    names = world.find_mixed_names(operation)
    if names is None:
        return
    async with world.database.trial() as trial:
        answer = await world.ask(
            "stranger",
            operation.method,
            operation.url(world.mount(operation.domain), names),
            operation.content(names),
            operation.type,
        )
    assert SECRET not in answer.text
    assert answer.is_client_error is (operation.mixed == "refused"), answer.text
    assert not trial.has_written
