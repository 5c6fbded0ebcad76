"""The look into the domain name system, against a name server."""

from collections.abc import AsyncIterator

import pytest

from product_platform.kit.dns import DnsTxtLookup, DnsUnavailableError
from tests.product_platform.name_server import NameServer, running_name_server

NAME = "_signpost.id.meadow.example"


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    async with running_name_server() as server:
        yield server


@pytest.fixture
def lookup(server: NameServer) -> DnsTxtLookup:
    return DnsTxtLookup(server.address)


class TestFindTexts:
    async def test_every_record_of_the_name(self, server: NameServer, lookup: DnsTxtLookup) -> None:
        server.set_text(NAME, "one", "two words")
        assert await lookup.find_texts(NAME) == {"one", "two words"}
        assert server.questions == [NAME]

    async def test_a_long_record_is_put_together(self, server: NameServer, lookup: DnsTxtLookup) -> None:
        server.records[NAME] = {"TXT": [f'"{"a" * 255}" "b"']}
        assert await lookup.find_texts(NAME) == {"a" * 255 + "b"}

    async def test_another_name_may_stand_in(self, server: NameServer, lookup: DnsTxtLookup) -> None:
        server.records[NAME] = {"CNAME": ["proofs.example."]}
        server.set_text("proofs.example", "one")
        assert await lookup.find_texts(NAME) == {"one"}

    async def test_a_name_that_does_not_exist(self, lookup: DnsTxtLookup) -> None:
        assert await lookup.find_texts(NAME) == frozenset()

    async def test_a_name_without_such_records(self, server: NameServer, lookup: DnsTxtLookup) -> None:
        server.records[NAME] = {}
        assert await lookup.find_texts(NAME) == frozenset()

    async def test_bytes_that_are_no_text(self, server: NameServer, lookup: DnsTxtLookup) -> None:
        server.records[NAME] = {"TXT": [r'"\255"', '"one"']}
        assert "one" in await lookup.find_texts(NAME)

    async def test_a_server_that_fails(self, server: NameServer, lookup: DnsTxtLookup) -> None:
        server.fails = True
        with pytest.raises(DnsUnavailableError):
            await lookup.find_texts(NAME)

    async def test_a_server_that_is_silent(
        self, server: NameServer, lookup: DnsTxtLookup, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("product_platform.kit.dns._PATIENCE_S", 0.05)
        server.is_silent = True
        with pytest.raises(DnsUnavailableError):
            await lookup.find_texts(NAME)
