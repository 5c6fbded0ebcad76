"""`signpost user` and `signpost restore`."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from admin_api.cli import main
from product_platform.account import Accounts, Tombstones
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Database
from product_platform.kit.events import Events
from product_platform.kit.ids import from_short
from tests.product_platform.catalogue import make_organization, make_principal

pytestmark = pytest.mark.servers

T = TypeVar("T")
EMAIL = "ana@example.com"


@pytest.fixture(autouse=True)
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SIGNPOST_DATABASE_URL", database_url)
    monkeypatch.setenv("SIGNPOST_BASE_URL", "https://id.example.com")
    return database_url


def in_database(url: str, work: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        database = await Database.open(url, max_connections=1)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


class TestUser:
    def ask(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
        assert main(["user", *arguments]) == 0
        told: dict[str, str] = json.loads(capsys.readouterr().out)
        return told

    def test_a_user_is_made_once(self, capsys: pytest.CaptureFixture[str]) -> None:
        made = self.ask(capsys, EMAIL, "--name", "Ana")
        assert set(made) == {"user_id", "email"}
        assert self.ask(capsys, EMAIL.upper()) == made

    def test_a_key_stands_for_the_user(self, capsys: pytest.CaptureFixture[str], url: str) -> None:
        made = self.ask(capsys, EMAIL, "--key", "laptop")
        credential = in_database(
            url, lambda database: Accounts(SystemClock()).authenticate(database, made["api_key"])
        )
        assert credential is not None
        assert credential.principal.user_id == from_short(made["user_id"])

    def test_by_a_link_the_user_sets_a_password(self, capsys: pytest.CaptureFixture[str], url: str) -> None:
        made = self.ask(capsys, EMAIL, "--link")
        page, _, token = made["link"].partition("#")
        assert page == "https://id.example.com/account/password"
        accounts = Accounts(SystemClock())

        async def log_in(database: Database) -> str:
            await accounts.passwords.set_by_link(database, token, "correct horse battery")
            _, session = await accounts.sessions.open(database, EMAIL, "correct horse battery")
            return session.user.email

        assert in_database(url, log_in) == EMAIL

    def test_what_is_no_address_is_wrong_use(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["user", "ana"]) == 2
        assert "'ana' is no e-mail address" in capsys.readouterr().err


class TestRestore:
    def test_a_deleted_organization_comes_back(self, capsys: pytest.CaptureFixture[str], url: str) -> None:
        async def bury(database: Database) -> str:
            organization_id = await make_organization(database)
            async with database.transaction() as connection:
                await Tombstones(SystemClock(), Events()).bury(
                    connection, organization_id, principal=make_principal(organization_id), reauth_minutes=15
                )
            return str(organization_id)

        organization_id = in_database(url, bury)
        assert main(["restore", organization_id]) == 0
        assert "is back" in capsys.readouterr().out
        count = "SELECT count(*) FROM organizations WHERE deleted_at IS NULL"
        assert in_database(url, lambda database: database.pool.fetchval(count)) == 1
        assert main(["restore", organization_id]) == 1
        assert "or it is back already" in capsys.readouterr().err

    def test_what_is_no_identifier_is_wrong_use(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["restore", "nonsense"]) == 2
