from collections.abc import AsyncIterator
from email import message_from_bytes, policy

import aiosmtplib
import pytest

from product_platform.kit.clock import FixedClock
from product_platform.kit.mail import FolderMailer, Mail, MailRefusedError, SmtpMailer, make_mailer
from product_platform.kit.settings import PlatformSettings
from product_platform.kit.storage import FolderStorage
from tests.product_platform.smtp_server import SmtpServer, running_smtp_server

MAIL = Mail(to="ana@example.com", subject="Grüße", text="Hello,\n\nhttps://id.example.com/ä\n")
SENDER = "Signpost <no-reply@example.com>"


@pytest.fixture
async def server() -> AsyncIterator[SmtpServer]:
    async with running_smtp_server() as server:
        yield server


def make_smtp_mailer(server: SmtpServer, clock: FixedClock, login: str = "") -> SmtpMailer:
    return SmtpMailer(f"smtp://{login}127.0.0.1:{server.port}", SENDER, clock)


class TestSmtpMailer:
    async def test_a_mail_arrives_as_it_was_written(self, server, clock):
        await make_smtp_mailer(server, clock).send(MAIL)
        (mail,) = server.mails
        assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, MAIL.to, MAIL.subject)
        assert mail["Date"] == "Sun, 01 Mar 2026 12:00:00 +0000"
        assert mail["Message-ID"].endswith("@example.com>")
        assert mail.get_content() == MAIL.text

    async def test_user_and_password_are_those_of_the_url(self, server, clock):
        await make_smtp_mailer(server, clock, "sign%40post:secret@").send(MAIL)
        assert (server.logins, len(server.mails)) == ([(b"sign@post", b"secret")], 1)

    async def test_no_password_goes_to_another_host_without_tls(self, server, clock):
        mailer = SmtpMailer(f"smtp://signpost:secret@ip6-localhost.example:{server.port}", SENDER, clock)
        assert mailer._options["start_tls"] is True
        mailer._options["hostname"] = "127.0.0.1"
        with pytest.raises(aiosmtplib.SMTPException, match="STARTTLS"):
            await mailer.send(MAIL)
        assert server.logins == []

    async def test_a_recipient_who_does_not_exist_is_refused_for_good(self, server, clock):
        server.replies[MAIL.to] = "550 5.1.1 No such user"
        with pytest.raises(MailRefusedError):
            await make_smtp_mailer(server, clock).send(MAIL)

    @pytest.mark.parametrize("reply", ["450 4.2.0 Greylisted", "451 4.3.0 Try later"])
    async def test_what_may_go_better_later_is_not(self, server, clock, reply):
        server.replies[MAIL.to] = reply
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
            await make_smtp_mailer(server, clock).send(MAIL)

    async def test_a_server_that_is_away_is_no_refusal(self, clock):
        async with running_smtp_server() as server:
            mailer = make_smtp_mailer(server, clock)
        with pytest.raises(aiosmtplib.SMTPConnectError):
            await mailer.send(MAIL)


class TestFolderMailer:
    async def test_a_mail_is_a_file_that_mail_programs_open(self, clock, tmp_path):
        await FolderMailer(SENDER, clock, FolderStorage(tmp_path)).send(MAIL)
        (path,) = (tmp_path / "mails").iterdir()
        assert path.name.startswith("20260301t120000-")
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert (mail["To"], mail.get_content()) == (MAIL.to, MAIL.text)


class TestMakeMailer:
    @pytest.mark.parametrize(("url", "kind"), [(None, FolderMailer), ("smtp://mail.example.com", SmtpMailer)])
    def test_the_settings_choose(self, clock, tmp_path, url, kind):
        settings = PlatformSettings(mail_url=url)
        assert type(make_mailer(settings, clock, FolderStorage(tmp_path))) is kind

    def test_a_url_of_something_else_is_refused(self):
        with pytest.raises(ValueError, match="smtps://"):
            PlatformSettings(mail_url="https://mail.example.com")
