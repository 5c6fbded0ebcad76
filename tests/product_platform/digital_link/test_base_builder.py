"""Bases: whole or not offered, never older than what was deleted for their sake."""

import io
from hashlib import blake2b
from typing import Any

import pytest

from product_platform.digital_link.repository import bases
from product_platform.digital_link.service import base_builder
from product_platform.digital_link.service.base_builder import build_base, is_due
from product_platform.kit.db import Connection, Database, connect
from rules_compiler.table_file import PackedTable, hash_key

pytestmark = pytest.mark.servers

FEW = 3


@pytest.fixture(autouse=True)
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let three slices be as many as fifty thousand, and a piece hold 64 bytes; return when it would rest."""
    rests: list[float] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    monkeypatch.setattr(base_builder, "_ALWAYS_READ", FEW)
    monkeypatch.setattr(base_builder, "CHUNK_BYTES", 64)
    monkeypatch.setattr(base_builder, "_rest", rest)
    return rests


async def publish(connection: Connection, seq: int, **slices: bytes | None) -> None:
    await connection.executemany(
        "INSERT INTO slices (key, seq, bytes) VALUES ($1, $2, $3)"
        " ON CONFLICT (key) DO UPDATE SET seq = EXCLUDED.seq, bytes = EXCLUDED.bytes",
        [(key, seq, packed) for key, packed in slices.items()],
    )
    await connection.execute("UPDATE publish_head SET seq = $1", seq)


async def publish_many(connection: Connection, seq: int, count: int, prefix: str = "key") -> None:
    await publish(connection, seq, **{f"{prefix}{number}": b"packed" for number in range(count)})


async def read_offered(connection: Connection) -> list[int]:
    rows = await connection.fetch("SELECT seq FROM bases WHERE offered_at IS NOT NULL ORDER BY seq")
    return [row["seq"] for row in rows]


async def download(connection: Connection) -> tuple[bytes, Any]:
    """Return the newest base as an edge gets it, and what is said of it."""
    base = await connection.fetchrow(
        "SELECT seq, size_bytes, digest FROM bases WHERE offered_at IS NOT NULL ORDER BY seq DESC LIMIT 1"
    )
    assert base is not None
    content = io.BytesIO()
    number = 0
    while content.tell() < base["size_bytes"]:
        content.write(
            await connection.fetchval(
                "SELECT bytes FROM base_chunks WHERE seq = $1 AND number = $2", base["seq"], number
            )
        )
        number += 1
    return content.getvalue(), base


def read_table(content: bytes) -> dict[str, bytes]:
    return {key.decode(): value for _, key, value in PackedTable(memoryview(content)).items()}


class TestIsDue:
    async def test_not_for_a_small_catalogue(self, connection: Connection) -> None:
        await publish_many(connection, 1, FEW)
        assert not await is_due(connection)

    async def test_for_one_slice_more(self, connection: Connection) -> None:
        await publish_many(connection, 1, FEW + 1)
        assert await is_due(connection)

    async def test_not_while_edges_have_little_to_read_after_the_newest(self, connection: Connection) -> None:
        await publish_many(connection, 1, FEW + 1)
        await build_base(connection)
        await publish_many(connection, 2, FEW)
        assert not await is_due(connection)
        await publish(connection, 3, another=b"packed")
        assert await is_due(connection)

    async def test_a_large_catalogue_may_change_by_a_share(self, connection: Connection) -> None:
        await publish_many(connection, 1, 50)
        await build_base(connection)
        await publish_many(connection, 2, 5)
        assert not await is_due(connection)
        await publish_many(connection, 3, 6)
        assert await is_due(connection)

    async def test_deleted_slices_count_as_well(self, connection: Connection) -> None:
        await publish_many(connection, 1, FEW + 1)
        await build_base(connection)
        await connection.execute("UPDATE slices SET seq = 2, bytes = NULL")
        assert await is_due(connection)


class TestBuildBase:
    async def test_it_holds_every_slice_under_the_number_of_the_head(self, connection: Connection) -> None:
        slices = {f"01/{number}": bytes([number]) * number for number in range(1, 41)}
        await publish(connection, 7, **slices, gone=None)
        base = await build_base(connection)
        content, offered = await download(connection)
        assert read_table(content) == slices
        table = PackedTable(memoryview(content))
        assert table.find(b"gone", hash_key(b"gone")) is None
        assert (table.number, offered["seq"]) == (7, 7)
        assert base == bases.Base(7, len(slices), len(content), blake2b(content, digest_size=16).digest())
        assert (offered["size_bytes"], offered["digest"]) == base[2:]

    async def test_none_is_built_that_is_not_due(self, connection: Connection) -> None:
        await publish_many(connection, 1, FEW)
        assert await build_base(connection) is None
        assert await read_offered(connection) == []

    async def test_one_is_built_now_even_of_little(self, connection: Connection) -> None:
        await publish_many(connection, 1, 1)
        assert await build_base(connection, only_if_due=False) is not None
        assert await read_offered(connection) == [1]

    async def test_there_are_no_two_of_one_number(self, connection: Connection) -> None:
        await publish_many(connection, 1, FEW + 1)
        await build_base(connection)
        assert await build_base(connection, only_if_due=False) is None
        assert await read_offered(connection) == [1]

    async def test_the_newest_two_are_kept(self, connection: Connection) -> None:
        for seq in (1, 2, 3):
            await publish_many(connection, seq, FEW + 1)
            await build_base(connection)
        assert await read_offered(connection) == [2, 3]
        assert await connection.fetchval("SELECT count(*) FROM base_chunks WHERE seq = 1") == 0

    async def test_it_rests_after_each_portion_and_each_piece(
        self, connection: Connection, rests: list[float]
    ) -> None:
        await publish_many(connection, 1, FEW + 1)
        await build_base(connection)
        pieces = await connection.fetchval("SELECT count(*) FROM base_chunks")
        assert len(rests) == 1 + pieces
        assert min(rests) > 0

    async def test_one_builds_at_a_time(self, connection: Connection, database_url: str) -> None:
        await publish_many(connection, 1, FEW + 1)
        other = await connect(database_url)
        try:
            assert await bases.try_lock(other)
            assert await build_base(connection) is None
            await bases.unlock(other)
            assert await build_base(connection) is not None
        finally:
            await other.close()

    async def test_what_is_published_meanwhile_is_in_the_next(
        self, connection: Connection, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await publish_many(connection, 1, FEW + 1)
        stream = bases.stream_slices

        async def stream_and_publish(connection: Connection) -> Any:
            async with database.transaction() as other:
                await publish(other, 2, key0=b"newer", another=b"packed")
            async for portion in stream(connection):
                yield portion

        monkeypatch.setattr(bases, "stream_slices", stream_and_publish)
        await build_base(connection)
        content, offered = await download(connection)
        assert offered["seq"] == 1
        assert read_table(content) == {f"key{number}": b"packed" for number in range(FEW + 1)}


class TestCrash:
    @pytest.fixture
    def crash(self, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Let a build fail when it stores the third piece."""
        insert_chunk = bases.insert_chunk

        async def crash(connection: Connection, seq: int, number: int, content: bytes) -> None:
            if number == 2:
                raise ConnectionResetError
            await insert_chunk(connection, seq, number, content)

        async def build() -> None:
            with monkeypatch.context() as patched:
                patched.setattr(bases, "insert_chunk", crash)
                with pytest.raises(ConnectionResetError):
                    await build_base(connection)

        return build

    async def test_half_a_base_is_not_offered(self, connection: Connection, crash: Any) -> None:
        await publish_many(connection, 1, FEW + 1)
        await crash()
        assert await read_offered(connection) == []
        assert await connection.fetchval("SELECT count(*) FROM base_chunks") == 2

    async def test_the_next_build_cleans_up(self, connection: Connection, crash: Any) -> None:
        await publish_many(connection, 1, FEW + 1)
        await crash()
        await build_base(connection)
        content, _ = await download(connection)
        assert len(read_table(content)) == FEW + 1
        assert await connection.fetchval("SELECT count(*) FROM bases") == 1

    async def test_it_does_so_even_when_it_builds_nothing(self, connection: Connection, crash: Any) -> None:
        await publish_many(connection, 1, FEW + 1)
        await crash()
        await connection.execute("DELETE FROM slices")
        assert await build_base(connection) is None
        assert await connection.fetchval("SELECT count(*) FROM base_chunks") == 0

    async def test_what_is_offered_stays(self, connection: Connection, crash: Any) -> None:
        await publish_many(connection, 1, FEW + 1)
        await build_base(connection)
        await publish_many(connection, 2, FEW + 1)
        await crash()
        assert await read_offered(connection) == [1]
        assert (await download(connection))[1]["seq"] == 1


class TestTombstones:
    async def read(self, connection: Connection) -> set[str]:
        rows = await connection.fetch("SELECT key FROM slices WHERE bytes IS NULL")
        return {row["key"] for row in rows}

    async def test_they_go_once_every_offered_base_is_newer(self, connection: Connection) -> None:
        await publish_many(connection, 1, FEW + 1)
        await build_base(connection)
        await publish(connection, 2, key0=None)
        await publish_many(connection, 3, FEW + 1, prefix="other")
        await build_base(connection)
        assert await self.read(connection) == {"key0"}  # the base of 1 says that it is there
        await publish_many(connection, 4, FEW + 1, prefix="another")
        await build_base(connection)
        assert await self.read(connection) == set()

    async def test_one_of_the_number_of_the_oldest_goes_and_a_newer_one_stays(
        self, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bases, "_TOMBSTONES_AT_ONCE", 2)
        gone = {f"gone{number}": None for number in range(5)}
        await publish_many(connection, 1, FEW + 1)
        await publish(connection, 2, **gone)
        await publish(connection, 3, later=None)
        await connection.execute("UPDATE publish_head SET seq = 2")
        await build_base(connection)
        assert await self.read(connection) == {"later"}

    async def test_without_a_base_they_stay(self, connection: Connection) -> None:
        await publish(connection, 1, gone=None)
        assert await bases.delete_tombstones(connection) == 0
        assert await self.read(connection) == {"gone"}

    async def test_from_where_on_they_are_all_there_is_remembered(self, connection: Connection) -> None:
        for seq, horizon in ((1, 1), (2, 1), (3, 2)):
            await publish_many(connection, seq, FEW + 1)
            await build_base(connection)
            assert await connection.fetchval("SELECT seq FROM slices_horizon") == horizon

    async def test_it_is_remembered_longer_than_any_base(self, connection: Connection) -> None:
        await publish_many(connection, 7, FEW + 1)
        await build_base(connection)
        await connection.execute("DELETE FROM bases")
        await bases.delete_tombstones(connection)
        assert await connection.fetchval("SELECT seq FROM slices_horizon") == 7
