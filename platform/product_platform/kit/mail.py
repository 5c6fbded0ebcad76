"""Mail: a port, a server that takes it by SMTP, and a folder for those who have none."""

import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from product_platform.kit.clock import Clock
from product_platform.kit.settings import PlatformSettings
from product_platform.kit.storage import Storage

_TIMEOUT_S: Final = 30.0
_PORTS: Final[Mapping[str, int]] = {"smtp": 587, "smtps": 465}
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
# Replies that say that trying again is of no use.
_PERMANENT: Final = range(500, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to one person, as plain text."""

    to: str
    subject: str
    text: str


class MailRefusedError(Exception):
    """The server will not take this mail, however often it is tried."""


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, mail: Mail) -> None:
        """Hand *mail* over; raises MailRefusedError, or anything else when it may go better later."""
        ...


def make_mailer(settings: PlatformSettings, clock: Clock, storage: Storage) -> Mailer:
    """Return the mailer that the settings say."""
    if settings.mail_url is None:
        return FolderMailer(settings.mail_from, clock, storage)
    return SmtpMailer(settings.mail_url, settings.mail_from, clock)


class SmtpMailer:
    """Hands mail to the server at *url*: `smtps://` speaks TLS at once, `smtp://` when the server offers it.

    A user and password in the URL go to another host by TLS alone.
    """

    def __init__(self, url: str, sender: str, clock: Clock, *, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        is_tls = parts.scheme == "smtps"
        needs_tls = parts.password is not None and parts.hostname not in _LOCAL
        self._options: dict[str, Any] = {
            "hostname": parts.hostname,
            "port": parts.port or _PORTS[parts.scheme],
            "username": None if parts.username is None else unquote(parts.username),
            "password": None if parts.password is None else unquote(parts.password),
            "use_tls": is_tls,
            "start_tls": False if is_tls else (True if needs_tls else None),
            "tls_context": tls,
            "timeout": _TIMEOUT_S,
        }
        self._sender = sender
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        """Hand *mail* over; raises MailRefusedError when the server refuses it for good."""
        try:
            await aiosmtplib.send(_write(mail, self._sender, self._clock), **self._options)
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = {recipient.code for recipient in error.recipients}
            raise _refusal_or(error, max(codes)) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal_or(error, error.code) from error


class FolderMailer:
    """Puts mail among the files, below `mails/`, for whoever runs the installation to read."""

    def __init__(self, sender: str, clock: Clock, storage: Storage) -> None:
        self._sender = sender
        self._clock = clock
        self._storage = storage

    async def send(self, mail: Mail) -> None:
        """Keep *mail* as a file that mail programs open."""
        name = f"{self._clock.now():%Y%m%dt%H%M%S}-{secrets.token_hex(4)}.eml"
        await self._storage.write(f"mails/{name}", bytes(_write(mail, self._sender, self._clock)))


def _write(mail: Mail, sender: str, clock: Clock) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, mail.to, mail.subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">"))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


def _refusal_or(error: Exception, code: int) -> Exception:
    return MailRefusedError(f"the server answered {code}") if code in _PERMANENT else error
