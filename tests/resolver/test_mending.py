"""What a worker cannot read is mended by the keeper of its host, and answered only once it is known."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from resolver import damage as damage_module
from resolver import keeper as keeper_module
from resolver.base_source import read_ones
from resolver.damage import A_FILE, DamageBook, DamagedSliceError, Patience
from resolver.holder import Holder
from resolver.refresh import Refresher
from resolver.shelf import Shelf
from resolver.table_store import TableStore
from rules_compiler.announcement import Announcement
from rules_compiler.compiler import compile_catalogue
from rules_compiler.model import Catalogue, SliceKey
from rules_compiler.snapshot import slice_to_bytes
from rules_compiler.tables import Slice
from tests.conftest import execute
from tests.factories import NOON, OTHER_GTIN, item_key, make_catalogue, make_item, make_rule
from tests.resolver.edge_client import EdgeClient
from tests.resolver.keeping import (
    FIRST,
    NOBODY_POSTGRES,
    SECOND,
    SLICES,
    THIRD,
    keeping,
    only,
    publish,
    until,
    wait_for_files,
)
from tests.resolver.plain_files import flip_where_it_lies, make_table, read_list


class Instant:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class TestDamageBook:
    def test_what_was_told_is_taken_once(self, tmp_path: Path) -> None:
        book = DamageBook(tmp_path)
        for key in ("01/1", "org/a", "01/1", A_FILE):
            book.tell(key)
        assert book.take() == {"01/1", "org/a", A_FILE}
        assert book.take() == set()

    def test_it_does_not_grow_without_bound(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(damage_module, "_MOST_BYTES", 10)
        book = DamageBook(tmp_path)
        for number in range(100):
            book.tell(f"01/{number}")
        assert len(book.take()) < 5

    def test_where_nothing_can_be_written_nothing_is_told(self, tmp_path: Path) -> None:
        book = DamageBook(tmp_path / "nowhere")
        book.tell("01/1")
        assert book.take() == set()


class TestPatience:
    def test_it_ends_and_the_keeper_is_told_again(self, tmp_path: Path) -> None:
        book, now = DamageBook(tmp_path), Instant()
        patience = Patience(book, now)
        assert patience.tell("01/1") == damage_module.MEND_SECONDS
        assert book.take() == {"01/1"}
        now.now += 1.5
        assert patience.tell("01/1") == pytest.approx(damage_module.MEND_SECONDS - 1.5)
        assert book.take() == set()
        now.now += 10
        assert patience.tell("01/1") == 0
        assert book.take() == {"01/1"}

    def test_other_files_are_waited_for_anew(self, tmp_path: Path) -> None:
        now = Instant()
        patience = Patience(DamageBook(tmp_path), now)
        patience.tell("01/1")
        now.now += 60
        patience.forget()
        assert patience.tell("01/1") == damage_module.MEND_SECONDS


def fill(store: TableStore, number: int, *keys: str) -> None:
    shelf = Shelf(store)
    shelf.start(make_table(store, "base", number, only(*keys)))
    shelf.close()


def damage(store: TableStore, *keys: SliceKey) -> None:
    """Turn a bit around in the record of each of *keys* in the base, which stays where it is."""
    base = store.folder / read_list(store).base
    for key in keys:
        flip_where_it_lies(base, base.read_bytes().index(SLICES[key]))


@asynccontextmanager
async def serving(store: TableStore) -> AsyncIterator[tuple[Holder, Refresher]]:
    """Run what keeps the table of a worker fresh."""
    holder = Holder(lambda: NOON)
    refresher = Refresher(holder, store, redis_url=None)
    await refresher.settle()
    task = asyncio.create_task(refresher.run())
    await asyncio.sleep(0)  # one that never began would leave its files open
    try:
        yield holder, refresher
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def read(holder: Holder, key: SliceKey) -> bytes | None:
    found = holder.table.find(key)
    return None if found is None else slice_to_bytes(found)


@pytest.mark.servers
class TestKeeper:
    async def test_a_damaged_slice_is_mended_and_then_all_files_are_replaced(
        self, store: TableStore, database_url: str
    ) -> None:
        await publish(database_url, 1, {FIRST: 1, SECOND: 1})
        async with keeping(store, database_url=database_url, redis_url=None):
            await wait_for_files(store, 1)
            epoch = read_list(store).epoch
            async with serving(store) as (holder, refresher):
                damage(store, FIRST)
                with pytest.raises(DamagedSliceError):
                    holder.table.find(FIRST)
                assert read(holder, SECOND) == SLICES[SECOND]
                assert await refresher.mend(FIRST)
                assert read(holder, FIRST) == SLICES[FIRST]
                await until(lambda: read_list(store).epoch != epoch)
                assert await wait_for_files(store, 1) == only(FIRST, SECOND)

    async def test_one_that_was_deleted_or_changed_since_is_not_as_it_was(
        self, store: TableStore, database_url: str
    ) -> None:
        fill(store, 1, FIRST, SECOND)
        await publish(database_url, 1, {FIRST: 1, SECOND: 1})
        async with serving(store) as (holder, _):
            damage(store, FIRST, SECOND)
            for key in (FIRST, SECOND):
                store.damages.tell(key)
            await publish(database_url, 2, {FIRST: -2})
            async with keeping(store, database_url=database_url, redis_url=None):
                await until(lambda: holder.number == 2 and is_readable(holder))
                assert (read(holder, FIRST), read(holder, SECOND)) == (None, SLICES[SECOND])

    async def test_what_the_bus_brings_meanwhile_is_not_taken_back(
        self, store: TableStore, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await publish(database_url, 1, {FIRST: 1})
        async with keeping(store, database_url=database_url, redis_url=None) as keeper:
            await wait_for_files(store, 1)
            is_heard = False

            async def hear_meanwhile(
                connection: object, keys: list[SliceKey]
            ) -> Mapping[SliceKey, bytes | None]:
                nonlocal is_heard
                slices = await read_ones(connection, keys)  # type: ignore[arg-type]  # as it comes
                if not is_heard:
                    keeper._hear(Announcement(2, {FIRST: None}))
                    is_heard = True
                return slices

            monkeypatch.setattr("resolver.keeper.read_ones", hear_meanwhile)
            store.damages.tell(FIRST)
            await until(lambda: is_heard)
            await publish(database_url, 2, {FIRST: -2})
            assert await wait_for_files(store, 2) == {}

    async def test_a_base_that_cannot_be_opened_is_fetched_anew(
        self, store: TableStore, database_url: str
    ) -> None:
        await publish(database_url, 1, {FIRST: 1})
        async with keeping(store, database_url=database_url, redis_url=None):
            await wait_for_files(store, 1)
            base = store.folder / read_list(store).base
            base.write_bytes(base.read_bytes()[:-9])
            async with serving(store) as (holder, _):
                await until(lambda: holder.is_loaded)
                assert read(holder, FIRST) == SLICES[FIRST]

    async def test_damage_that_nobody_asks_for_is_found_as_well(
        self, store: TableStore, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keeper_module, "_VERIFY_SECONDS", 0.05)
        await publish(database_url, 1, {FIRST: 1, SECOND: 1})
        async with keeping(store, database_url=database_url, redis_url=None):
            await wait_for_files(store, 1)
            epoch = read_list(store).epoch
            damage(store, SECOND)
            await until(lambda: read_list(store).epoch != epoch)
            assert await wait_for_files(store, 1) == only(FIRST, SECOND)

    async def test_a_file_that_was_cut_where_it_lies_is_replaced(
        self, store: TableStore, database_url: str
    ) -> None:
        await publish(database_url, 1, {FIRST: 1})
        async with keeping(store, database_url=database_url, redis_url=None):
            await wait_for_files(store, 1)
            base = read_list(store).base
            # Long enough for the keeper to have seen it whole.
            await until(lambda: (pulse := store.read_pulse()) and pulse.last_caught_up_at)
            os.truncate(store.folder / base, 100)
            await until(lambda: read_list(store).base != base)
            assert await wait_for_files(store, 1) == only(FIRST)

    async def test_while_nobody_can_mend_it_the_others_are_served(
        self, store: TableStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(damage_module, "MEND_SECONDS", 0.2)
        fill(store, 1, FIRST, SECOND, THIRD)
        async with (
            keeping(store, database_url=NOBODY_POSTGRES, redis_url=None),
            serving(store) as (holder, refresher),
        ):
            damage(store, FIRST)
            assert not await refresher.mend(FIRST)
            assert read(holder, SECOND) == SLICES[SECOND]

    async def test_it_is_mended_when_the_database_is_back(self, store: TableStore, database_url: str) -> None:
        fill(store, 1, FIRST, SECOND)
        damage(store, FIRST)
        store.damages.tell(FIRST)
        await execute(database_url, "ALTER TABLE slices RENAME TO slices_away")
        try:
            async with keeping(store, database_url=database_url, redis_url=None):
                await until(lambda: (pulse := store.read_pulse()) and pulse.failures)
                await execute(database_url, "ALTER TABLE slices_away RENAME TO slices")
                await publish(database_url, 1, {FIRST: 1, SECOND: 1})
                assert await until(lambda: read_if_whole(store)) == only(FIRST, SECOND)
        finally:
            await execute(database_url, "ALTER TABLE IF EXISTS slices_away RENAME TO slices")


def is_readable(holder: Holder) -> bool:
    try:
        return holder.table.find(FIRST) is None and holder.table.find(SECOND) is not None
    except DamagedSliceError:
        return False


def read_if_whole(store: TableStore) -> dict[SliceKey, bytes] | None:
    try:
        table = store.open_table(read_list(store).base)
        return {key.decode(): value for _, key, value in table.items()}
    except (OSError, ValueError):
        return None


class Damaged:
    """A table of which one slice cannot be read until it is mended."""

    def __init__(self, catalogue: Catalogue, key: SliceKey) -> None:
        self._table = compile_catalogue(catalogue)
        self.key = key
        self.is_damaged = True
        self.number = 1
        self.overlay_size = 0

    def __len__(self) -> int:
        return len(self._table)

    def find(self, key: SliceKey) -> Slice | None:
        if self.is_damaged and key == self.key:
            raise DamagedSliceError(key)
        return self._table.find(key)

    def adopt(self, number: int, changes: object) -> "Damaged":
        raise NotImplementedError


OTHER = item_key(OTHER_GTIN)


class TestEdge:
    @pytest.fixture
    def table(self) -> Damaged:
        rules = make_rule("first"), make_rule("second", slice_key=OTHER)
        return Damaged(make_catalogue(*rules, items=(make_item(), make_item(key=OTHER))), item_key())

    @pytest.fixture
    def client(self, table: Damaged) -> EdgeClient:
        client = EdgeClient(None)
        client.holder.replace(table)
        return client

    def test_nothing_is_said_of_what_nobody_knows(self, client: EdgeClient, table: Damaged) -> None:
        answer = client.get(f"/{table.key}")
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["error"]["code"] == "SERVICE_UNAVAILABLE"
        assert client.get(f"/{OTHER}").location == "https://example.com/second"

    def test_it_is_answered_when_it_is_mended(self, client: EdgeClient, table: Damaged) -> None:
        async def mend(key: SliceKey) -> bool:
            assert key == table.key
            table.is_damaged = False
            return True

        client.edge._mend = mend
        assert client.get(f"/{table.key}").location == "https://example.com/first"
        assert len(client.scans) == 1
