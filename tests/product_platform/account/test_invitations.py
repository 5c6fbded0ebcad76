import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from product_platform.account import JOBS
from product_platform.account.service.invitations import SEND_LINK
from product_platform.kit.ids import to_short
from product_platform.kit.jobs import Runner
from product_platform.kit.mail import SmtpMailer
from product_platform.kit.services import Services
from tests.product_platform.account.conftest import make_user
from tests.product_platform.smtp_server import SmtpServer, running_smtp_server

pytestmark = pytest.mark.servers

NEW = "new@example.com"
PASSWORD = "correct horse battery"
_TOKEN = re.compile(r"https://id\.example\.com/account/password#([\w-]+)$", re.MULTILINE)


@pytest.fixture
async def server() -> AsyncIterator[SmtpServer]:
    async with running_smtp_server() as server:
        yield server


@pytest.fixture
def runner(services: Services, server: SmtpServer) -> Runner:
    mailer = SmtpMailer(f"smtp://127.0.0.1:{server.port}", "signpost@example.com", services.clock)
    return Runner(replace(services, mailer=mailer), JOBS)


@pytest.fixture
def path(organization) -> str:
    return f"/organizations/{to_short(organization.id)}/members"


def read_token(server: SmtpServer) -> str:
    found = _TOKEN.search(server.mails[-1].get_content())
    assert found is not None
    return found[1]


async def invite(client, path, email=NEW) -> None:
    assert (await client.post(path, json={"email": email})).status_code == 200


class TestInvite:
    async def test_a_new_user_gets_a_link_sets_a_password_and_logs_in(
        self, client, accounts, services, server, runner, path
    ):
        await invite(client, path)
        assert server.mails == []
        assert await runner.run_due()
        assert (server.mails[0]["To"], server.mails[0]["Subject"]) == (NEW, "You are a member of Ana's Oats")
        await accounts.passwords.set_by_link(services.database, read_token(server), PASSWORD)
        _, session = await accounts.sessions.open(services.database, NEW, PASSWORD)
        assert session.user.email == NEW

    async def test_who_is_a_user_already_gets_none(self, client, services, server, runner, path):
        await make_user(services, "bo@example.com")
        await invite(client, path, "bo@example.com")
        assert not await runner.run_due()

    async def test_the_link_is_never_stored(self, client, services, server, runner, path):
        await invite(client, path)
        await runner.run_due()
        token = read_token(server)
        for table in ("jobs", "password_links"):
            rows = await services.database.pool.fetch(f"TABLE {table}")
            assert token not in str([dict(row) for row in rows])

    async def test_a_server_that_is_busy_is_tried_again(self, client, services, server, runner, path, clock):
        server.replies[NEW] = "450 Busy"
        await invite(client, path)
        await runner.run_due()
        assert server.mails == []
        server.replies.clear()
        clock.advance(60)
        assert await runner.run_due()
        assert len(server.mails) == 1

    async def test_one_that_refuses_the_address_is_not(self, client, services, server, runner, path):
        server.replies[NEW] = "550 No such user"
        await invite(client, path)
        await runner.run_due()
        row = await services.database.pool.fetchrow(
            "SELECT state, error FROM jobs WHERE kind = $1", SEND_LINK
        )
        assert tuple(row) == ("failed", f"The mail to {NEW} was refused.")


class TestReset:
    async def ask(self, client, email="ana@example.com") -> None:
        answer = await client.post("/password-reset", json={"email": email})
        assert (answer.status_code, answer.content) == (204, b"")

    async def test_who_has_forgotten_the_password_sets_another(
        self, client, accounts, services, server, runner, clock
    ):
        await self.ask(client, "ANA@example.com")
        await runner.run_due()
        assert server.mails[0]["To"] == "ana@example.com"
        clock.advance(3_599)
        await accounts.passwords.set_by_link(services.database, read_token(server), PASSWORD)
        await accounts.sessions.open(services.database, "ana@example.com", PASSWORD)

    async def test_nobody_learns_whether_there_is_such_a_user(self, client, server, runner):
        await self.ask(client, "nobody@example.com")
        assert not await runner.run_due()

    async def test_nobody_fills_a_mailbox(self, client, server, runner, clock):
        for _ in range(3):
            await self.ask(client)
        await runner.run_due()
        assert not await runner.run_due()
        await self.ask(client)
        assert not await runner.run_due()
        clock.advance(60)
        await self.ask(client)
        assert await runner.run_due()
        assert len(server.mails) == 2
