import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from product_platform.kit.storage import FileMissingError, FolderStorage, MalformedKeyError

KEY = "exports/3f2a/rules.ndjson"


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "files")


def kept(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


class TestFolderStorage:
    async def test_what_is_written_is_read(self, storage):
        assert await storage.write(KEY, b"one\n") == 4
        assert await storage.read(KEY) == b"one\n"

    async def test_a_file_larger_than_memory_comes_and_goes_in_pieces(self, storage):
        part = os.urandom(200_000)
        assert await storage.write(KEY, pieces(part, part)) == 400_000
        file = await storage.open(KEY)
        chunks = [chunk async for chunk in file.chunks]
        assert (file.size_bytes, len(chunks) > 1, b"".join(chunks)) == (400_000, True, part + part)

    async def test_a_new_content_replaces_the_former(self, storage, tmp_path):
        await storage.write(KEY, b"a long one")
        await storage.write(KEY, b"short")
        assert await storage.read(KEY) == b"short"
        assert kept(tmp_path) == [f"files/{KEY}"]

    async def test_who_reads_while_it_is_replaced_reads_the_former_to_its_end(self, storage):
        await storage.write(KEY, b"former")
        file = await storage.open(KEY)
        await storage.write(KEY, b"new")
        assert b"".join([chunk async for chunk in file.chunks]) == b"former"

    async def test_of_what_breaks_off_nothing_is_left(self, storage, tmp_path):
        async def broken() -> AsyncIterator[bytes]:
            yield b"half"
            raise ConnectionError

        await storage.write(KEY, b"former")
        with pytest.raises(ConnectionError):
            await storage.write(KEY, broken())
        assert await storage.read(KEY) == b"former"
        assert kept(tmp_path) == [f"files/{KEY}"]

    async def test_a_deleted_file_is_missing(self, storage):
        await storage.write(KEY, b"x")
        await storage.delete(KEY)
        await storage.delete(KEY)
        with pytest.raises(FileMissingError):
            await storage.open(KEY)

    async def test_a_folder_is_no_file(self, storage):
        await storage.write(KEY, b"x")
        for key in ("exports", f"{KEY}/below"):
            with pytest.raises(FileMissingError):
                await storage.read(key)

    async def test_a_key_has_at_most_200_characters(self, storage):
        await storage.write("a" * 200, b"")
        with pytest.raises(MalformedKeyError):
            await storage.write("a" * 201, b"")

    @pytest.mark.parametrize(
        "key", ["", "/etc", "../up", "a/../b", "a//b", "a/", ".unfinished/x", "a/.b", "A", "a b", "a\0", "é"]
    )
    async def test_no_key_leads_out_of_the_folder(self, storage, key):
        for use in (storage.open, storage.read, storage.delete, lambda key: storage.write(key, b"")):
            with pytest.raises(MalformedKeyError):
                await use(key)
