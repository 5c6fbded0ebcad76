"""Mail with a link to set a password: to people who are new, and to those who have forgotten theirs."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from product_platform.account.models import User
from product_platform.account.repository import organizations, sessions, users
from product_platform.account.service.passwords import INVITATION_LASTS, RESET_LASTS, Passwords
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.jobs import JobRefusedError, JobRun, enqueue
from product_platform.kit.mail import Mail, MailRefusedError

SEND_LINK: Final = "account.send_link"
"""The job that makes a link and sends it. The link itself is never stored."""

PASSWORD_PATH: Final = "/account/password"  # noqa: S105  # where, not what
"""The page at which a person sets a password."""

_RESETS_EVERY: Final = timedelta(minutes=1)

_INVITATION: Final = """\
Hello,

you are now a member of {organization} on Signpost. To log in, set a password here within 7 days:

{url}
"""
_RESET: Final = """\
Hello,

somebody, probably you, has asked for a new password for {email} on Signpost. Set it here within an hour:

{url}

If it was not you, there is nothing to do.
"""


class Invitations:
    """Asks for mail with links, in the transaction of the connection that it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def invite(self, connection: Connection, user: User, *, organization_id: UUID) -> None:
        """Have a new member told, and given a link to set a password."""
        payload = {"user_id": str(user.id), "organization_id": str(organization_id)}
        await enqueue(connection, SEND_LINK, payload, organization_id=organization_id, at=self._clock.now())

    async def offer_reset(self, connection: Connection, email: str) -> None:
        """Have the active user with this address given a link; nobody learns whether there is one.

        Within a minute of the last link there is none, so that nobody fills a stranger's mailbox.
        """
        user, at = await users.find_by_email(connection, email), self._clock.now()
        if user is None or await sessions.has_link(connection, user.id, since=at - _RESETS_EVERY):
            return
        payload = {"user_id": str(user.id)}
        await enqueue(connection, SEND_LINK, payload, organization_id=None, at=at, key=str(user.id))


async def send_link(run: JobRun) -> None:
    """Do a job of the kind `SEND_LINK`; a mail that fails is tried again, with another link."""
    payload, services = run.job.payload, run.services
    organization_id = payload.get("organization_id")
    lasts = INVITATION_LASTS if organization_id else RESET_LASTS
    async with run.step() as step:
        user = await users.get(step.connection, UUID(payload["user_id"]))
        token = await Passwords(services.clock).make_link(step.connection, user.id, lasts=lasts)
        url = f"{services.settings.base_url}{PASSWORD_PATH}#{token}"
        if organization_id:
            name = await organizations.get_name(step.connection, UUID(organization_id))
            mail = Mail(
                to=user.email,
                subject=f"You are a member of {name}",
                text=_INVITATION.format(organization=name, url=url),
            )
        else:
            text = _RESET.format(email=user.email, url=url)
            mail = Mail(to=user.email, subject="A new password for Signpost", text=text)
    try:
        await services.mailer.send(mail)
    except MailRefusedError as error:
        raise JobRefusedError(f"The mail to {user.email} was refused.") from error
