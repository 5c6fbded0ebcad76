"""Change sets: whole, numbered in the order of commit, and blocked by nobody."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from product_platform.digital_link.repository import publication
from product_platform.digital_link.service.publisher import Publisher
from product_platform.kit.db import Connection, Database, connect
from product_platform.kit.outbox import record_changes
from product_platform.kit.services import Services
from rules_compiler.announcement import CHANNEL, MAX_CHANGES_BYTES, Announcement, from_bytes
from rules_compiler.model import Catalogue, SliceKey
from tests.product_platform.catalogue import make_organization
from tests.product_platform.digital_link.conftest import (
    GTIN,
    OTHER_GTIN,
    announce_changes,
    compile_names,
    make_product,
    make_publisher,
    no_facts,
    read_slices,
    rename_product,
)

pytestmark = pytest.mark.servers

ITEM = f"01/{GTIN}"
OTHER_ITEM = f"01/{OTHER_GTIN}"


@pytest.fixture
async def channel(services: Services) -> AsyncIterator[PubSub]:
    async with services.bus.pubsub() as channel:
        await channel.subscribe(CHANNEL)
        await channel.get_message(timeout=5)
        yield channel


async def hear(channel: PubSub) -> Announcement:
    message = await channel.get_message(timeout=5)
    assert message is not None
    return from_bytes(message["data"])


async def read_outbox(database: Database) -> dict[SliceKey, str]:
    rows = await database.pool.fetch(
        "SELECT slice_key, CASE WHEN done_at IS NOT NULL THEN 'done' WHEN quarantined_at IS NOT NULL"
        " THEN 'quarantined' ELSE 'waiting' END AS state FROM outbox ORDER BY id"
    )
    return {row["slice_key"]: row["state"] for row in rows}


class TestPublishOnce:
    async def test_nothing_waits(self, publisher: Publisher, database: Database) -> None:
        assert await publisher.publish_once() is None
        assert await database.pool.fetchval("SELECT seq FROM publish_head") == 0

    async def test_a_change_gets_the_next_number(
        self, publisher: Publisher, database: Database, organization: UUID, organization_key: SliceKey
    ) -> None:
        await announce_changes(database, organization, organization_key)
        assert await publisher.publish_once() == 1
        assert await publisher.publish_once() is None
        assert await read_slices(database) == {organization_key: (1, b"Meadow Foods")}

    async def test_a_change_set_is_announced(
        self,
        publisher: Publisher,
        database: Database,
        channel: PubSub,
        organization: UUID,
        organization_key: SliceKey,
    ) -> None:
        await announce_changes(database, organization, organization_key)
        await publisher.publish_once()
        heard = await hear(channel)
        assert (heard.seq, heard.slices) == (1, {organization_key: b"Meadow Foods"})

    async def test_a_large_change_set_is_announced_by_number_alone(
        self,
        connection: Connection,
        services: Services,
        channel: PubSub,
        organization: UUID,
        organization_key: SliceKey,
    ) -> None:
        large = make_publisher(connection, services, compile_one=lambda *_: bytes(MAX_CHANGES_BYTES))
        await announce_changes(services.database, organization, organization_key)
        await large.publish_once()
        heard = await hear(channel)
        assert (heard.seq, heard.slices) == (1, None)

    async def test_without_the_bus_it_is_published_all_the_same(
        self, connection: Connection, services: Services, organization: UUID, organization_key: SliceKey
    ) -> None:
        async with Redis(host="127.0.0.1", port=1, socket_connect_timeout=1) as nowhere:
            deaf = Publisher(
                connection,
                nowhere,
                load_facts=no_facts,
                min_claim_tier="verified",
                compile_one=compile_names,
            )
            await announce_changes(services.database, organization, organization_key)
            assert await deaf.publish_once() == 1
        assert organization_key in await read_slices(services.database)

    async def test_what_did_not_change_is_not_published_again(
        self, publisher: Publisher, database: Database, organization: UUID, organization_key: SliceKey
    ) -> None:
        await announce_changes(database, organization, organization_key)
        await publisher.publish_once()
        await announce_changes(database, organization, organization_key)
        assert await publisher.publish_once() == 1
        assert await read_outbox(database) == {organization_key: "done"}


class TestTombstones:
    async def test_a_deleted_slice_leaves_one(
        self, publisher: Publisher, database: Database, organization: UUID, organization_key: SliceKey
    ) -> None:
        await announce_changes(database, organization, organization_key)
        await publisher.publish_once()
        await database.pool.execute("UPDATE organizations SET deleted_at = now()")
        await announce_changes(database, organization, organization_key)
        await publisher.publish_once()
        assert await read_slices(database) == {organization_key: (2, None)}

    async def test_what_was_never_published_leaves_none(
        self, publisher: Publisher, database: Database
    ) -> None:
        await announce_changes(database, None, ITEM)
        assert await publisher.publish_once() == 0
        assert await read_slices(database) == {}


class TestWholeness:
    async def test_what_one_transaction_wrote_has_one_number(
        self, publisher: Publisher, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(publication, "TAKEN_AT_ONCE", 1)
        await make_product(database, GTIN, None)
        await make_product(database, OTHER_GTIN, None)
        await announce_changes(database, None, ITEM, OTHER_ITEM)
        await publisher.publish_once()
        assert {seq for seq, _ in (await read_slices(database)).values()} == {1}

    async def test_transactions_that_share_a_slice_have_one_number(
        self,
        publisher: Publisher,
        database: Database,
        organization: UUID,
        organization_key: SliceKey,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(publication, "TAKEN_AT_ONCE", 1)
        await make_product(database, GTIN, None)
        await make_product(database, OTHER_GTIN, None)
        await announce_changes(database, organization, ITEM)
        await announce_changes(database, organization, ITEM, OTHER_ITEM)
        await announce_changes(database, organization, organization_key)
        await publisher.publish_once()
        assert set(await read_slices(database)) == {ITEM, OTHER_ITEM}

    async def test_a_transaction_that_commits_meanwhile_is_not_half_seen(
        self, connection: Connection, services: Services
    ) -> None:
        database = services.database
        for gtin in (GTIN, OTHER_GTIN):
            await make_product(database, gtin, None, "before")

        async def meanwhile(_connection: Connection, _gtins: Sequence[str]) -> dict[str, Any]:
            async with database.transaction() as other:
                await rename_product(other, GTIN, "after", None)
                await rename_product(other, OTHER_GTIN, "after", None)
            return {}

        disturbed = make_publisher(connection, services, load_facts=meanwhile)
        await announce_changes(database, None, ITEM)
        await disturbed.publish_once()
        assert await read_slices(database) == {ITEM: (1, b"before")}
        await make_publisher(connection, services).publish_once()
        assert await read_slices(database) == {ITEM: (2, b"after"), OTHER_ITEM: (2, b"after")}

    async def test_a_transaction_that_commits_late_is_not_lost(
        self, publisher: Publisher, database: Database
    ) -> None:
        await make_product(database, GTIN, None)
        await make_product(database, OTHER_GTIN, None)
        async with database.transaction() as slow:
            await record_changes(slow, [ITEM], None)  # the smaller id, committed last
            await announce_changes(database, None, OTHER_ITEM)
            assert await publisher.publish_once() == 1
        assert await publisher.publish_once() == 2
        assert set(await read_slices(database)) == {ITEM, OTHER_ITEM}

    async def test_random_writers_are_never_seen_in_between(
        self, publisher: Publisher, database: Database
    ) -> None:
        for gtin in (GTIN, OTHER_GTIN):
            await make_product(database, gtin, None)
        done = asyncio.Event()

        async def write(names: Sequence[str]) -> None:
            for name in names:
                async with database.transaction() as other:
                    await rename_product(other, GTIN, name, None)
                    await rename_product(other, OTHER_GTIN, name, None)

        async def publish() -> None:
            while not done.is_set():
                await publisher.publish_once()
                slices = await read_slices(database)
                assert len({packed for _, packed in slices.values()}) <= 1

        publishing = asyncio.create_task(publish())
        await asyncio.gather(*(write([f"{writer}-{turn}" for turn in range(20)]) for writer in range(3)))
        done.set()
        await publishing


class TestQuarantine:
    @staticmethod
    def crash_on(text: str) -> Any:
        def compile_or_crash(catalogue: Catalogue, key: SliceKey) -> bytes | None:
            packed = compile_names(catalogue, key)
            if packed and text.encode() in packed:
                raise RuntimeError("cannot compile this")
            return packed

        return compile_or_crash

    async def test_a_crash_holds_back_its_organization_alone(
        self, connection: Connection, services: Services, organization: UUID, organization_key: SliceKey
    ) -> None:
        database = services.database
        other = await make_organization(database, "Cedar")
        await make_product(database, GTIN, organization, "poison")
        await make_product(database, OTHER_GTIN, other, "fine")
        await announce_changes(database, organization, ITEM, organization_key)
        await announce_changes(database, other, OTHER_ITEM)
        await make_publisher(connection, services, compile_one=self.crash_on("poison")).publish_once()
        assert await read_slices(database) == {OTHER_ITEM: (1, b"fine")}
        assert await read_outbox(database) == {
            ITEM: "quarantined",
            organization_key: "quarantined",
            OTHER_ITEM: "done",
        }

    async def test_rows_that_cannot_be_read_hold_back_their_organization_alone(
        self, connection: Connection, services: Services, organization: UUID
    ) -> None:
        database = services.database
        await make_product(database, GTIN, organization)
        await make_product(database, OTHER_GTIN, None, "fine")

        async def load_or_crash(_connection: Connection, gtins: Sequence[str]) -> dict[str, Any]:
            if GTIN in gtins:
                raise ValueError("not a product")
            return {}

        await announce_changes(database, organization, ITEM)
        await announce_changes(database, None, OTHER_ITEM)
        await make_publisher(connection, services, load_facts=load_or_crash).publish_once()
        assert await read_slices(database) == {OTHER_ITEM: (1, b"fine")}
        assert await read_outbox(database) == {ITEM: "quarantined", OTHER_ITEM: "done"}

    async def test_the_reason_is_kept(
        self, connection: Connection, services: Services, organization: UUID, organization_key: SliceKey
    ) -> None:
        await announce_changes(services.database, organization, organization_key)
        await make_publisher(connection, services, compile_one=self.crash_on("Meadow")).publish_once()
        reason = await services.database.pool.fetchval("SELECT error FROM outbox")
        assert reason == f"{organization_key}: RuntimeError: cannot compile this"

    async def test_it_is_taken_again_with_the_next_change_of_the_organization(
        self, connection: Connection, services: Services, organization: UUID, organization_key: SliceKey
    ) -> None:
        database = services.database
        await make_product(database, GTIN, organization, "poison")
        crashing = make_publisher(connection, services, compile_one=self.crash_on("poison"))
        await announce_changes(database, organization, ITEM, organization_key)
        await crashing.publish_once()
        assert await crashing.publish_once() is None
        async with database.transaction() as other:
            await rename_product(other, GTIN, "cured", organization)
        assert await crashing.publish_once() == 1
        assert set(await read_slices(database)) == {ITEM, organization_key}

    async def test_what_nobody_owns_is_held_back_alone(
        self, connection: Connection, services: Services
    ) -> None:
        database = services.database
        await make_product(database, GTIN, None, "poison")
        await make_product(database, OTHER_GTIN, None, "fine")
        await announce_changes(database, None, ITEM, OTHER_ITEM)
        await make_publisher(connection, services, compile_one=self.crash_on("poison")).publish_once()
        assert set(await read_slices(database)) == {OTHER_ITEM}


class TestLock:
    async def test_one_publisher_at_a_time(
        self, publisher: Publisher, services: Services, database_url: str
    ) -> None:
        await publisher.lock()
        second = await connect(database_url)
        try:
            waiting = asyncio.create_task(make_publisher(second, services).lock())
            await asyncio.wait([waiting], timeout=0.1)
            assert not waiting.done()
            await publisher._connection.close()
            await waiting
        finally:
            await second.close()


class TestLineage:
    """Who has a table can tell whether the database still has the history that the table is of."""

    @pytest.fixture
    async def publish(
        self, database: Database, organization: UUID, organization_key: SliceKey
    ) -> Callable[[Publisher], Awaitable[str | None]]:
        async def publish(publisher: Publisher) -> str | None:
            name = uuid4().hex
            await database.pool.execute("UPDATE organizations SET name = $1", name)
            await announce_changes(database, organization, organization_key)
            seq = await publisher.publish_once()
            assert seq is not None
            async with database.transaction() as connection:
                return await publication.find_lineage(connection, seq)

        return publish

    async def test_a_publisher_continues_its_own(
        self, publisher: Publisher, publish: Callable[[Publisher], Awaitable[str | None]]
    ) -> None:
        first = await publish(publisher)
        assert first is not None
        assert await publish(publisher) == first

    async def test_another_publisher_begins_another(
        self,
        publisher: Publisher,
        connection: Connection,
        services: Services,
        database: Database,
        publish: Callable[[Publisher], Awaitable[str | None]],
    ) -> None:
        first = await publish(publisher)
        assert await publish(make_publisher(connection, services)) != first
        async with database.transaction() as asking:
            assert await publication.find_lineage(asking, 1) == first
            assert await publication.find_lineage(asking, 0) is None

    async def test_a_database_that_was_set_back_under_a_publisher_begins_another(
        self,
        publisher: Publisher,
        database: Database,
        publish: Callable[[Publisher], Awaitable[str | None]],
    ) -> None:
        lineages = [await publish(publisher) for _ in range(3)]
        await database.pool.execute("UPDATE publish_head SET seq = 1")
        again = await publish(publisher)
        assert again not in lineages
        async with database.transaction() as asking:
            assert await publication.find_lineage(asking, 1) == lineages[0]
            assert await publication.find_lineage(asking, 2) == again

    async def test_it_is_announced(
        self,
        publisher: Publisher,
        channel: PubSub,
        publish: Callable[[Publisher], Awaitable[str | None]],
    ) -> None:
        lineage = await publish(publisher)
        assert (await hear(channel)).lineage == lineage
