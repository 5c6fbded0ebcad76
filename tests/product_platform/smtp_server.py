"""A mail server on loopback that speaks SMTP, keeps what it is given, and refuses what a test tells it to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class SmtpServer:
    """`replies` are by recipient, instead of 250."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.replies: dict[str, str] = {}
        self.port = 0

    async def handle_RCPT(  # noqa: N802 - the name and the arguments are those of the library
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content.replace(b"\r\n", b"\n"), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"

    def log_in(self, *arguments: Any) -> AuthResult:
        login: LoginPassword = arguments[-1]
        self.logins.append((login.login, login.password))
        return AuthResult(success=login.password == b"secret")


@asynccontextmanager
async def running_smtp_server() -> AsyncIterator[SmtpServer]:
    """Run a mail server inside the block."""
    smtp = SmtpServer()

    def make_protocol() -> SMTP:
        return SMTP(smtp, hostname="mail.example.com", authenticator=smtp.log_in, auth_require_tls=False)

    server = await asyncio.get_running_loop().create_server(make_protocol, "127.0.0.1", 0)
    try:
        smtp.port = server.sockets[0].getsockname()[1]
        yield smtp
    finally:
        server.close()
