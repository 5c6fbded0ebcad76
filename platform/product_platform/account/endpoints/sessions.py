"""Sessions of people who work in a browser, and their passwords."""

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request, Response, status

from product_platform.account.endpoints.services import AccountsDep
from product_platform.account.errors import NotLoggedInError
from product_platform.account.models import Session
from product_platform.account.schemas import (
    PasswordRequest,
    PasswordSet,
    SessionConfirm,
    SessionCreate,
    SessionOut,
)
from product_platform.account.service.sessions import SESSION_LASTS
from product_platform.account.service.tokens import to_csrf_token
from product_platform.kit.cookies import clear_session_cookies, read_session_token, set_session_cookies
from product_platform.kit.http import ConnectionDep, PrincipalDep, ServicesDep

router = APIRouter()


class OpenSession(NamedTuple):
    """The session of the request, and its token."""

    token: str
    session: Session

    def to_out(self) -> SessionOut:
        """Return what the person is told of it."""
        user = self.session.user
        return SessionOut(
            user_id=user.id,
            email=user.email,
            name=user.name,
            authenticated_at=self.session.authenticated_at,
            expires_at=self.session.expires_at,
            csrf_token=to_csrf_token(self.token),
        )


class CurrentSession:
    """The session of the request, if there is one."""

    def __init__(
        self, request: Request, principal: PrincipalDep, services: ServicesDep, accounts: AccountsDep
    ) -> None:
        self._token = read_session_token(request.headers, services.settings)
        self._is_used = principal.authenticated_at is not None
        self._database = services.database
        self._sessions = accounts.sessions

    async def get(self) -> OpenSession:
        """Return it; raises NotLoggedInError for a request that came with a key."""
        if not self._is_used or self._token is None:
            raise NotLoggedInError
        session = await self._sessions.find(self._database, self._token)
        if session is None:
            raise NotLoggedInError
        return OpenSession(self._token, session)


SessionDep = Annotated[CurrentSession, Depends()]


@router.post("/session")
async def log_in(
    body: SessionCreate, response: Response, services: ServicesDep, accounts: AccountsDep
) -> SessionOut:
    """Log a person in by address and password, with two cookies."""
    token, session = await accounts.sessions.open(services.database, body.email, body.password)
    opened = OpenSession(token, session)
    out = opened.to_out()
    set_session_cookies(
        response, services.settings, token=token, csrf_token=out.csrf_token, lasts=SESSION_LASTS
    )
    return out


@router.get("/session")
async def get_current_session(current: SessionDep) -> SessionOut:
    """Show who is logged in."""
    return (await current.get()).to_out()


@router.delete("/session", status_code=status.HTTP_204_NO_CONTENT)
async def log_out(
    current: SessionDep, response: Response, services: ServicesDep, accounts: AccountsDep
) -> None:
    """End the session."""
    opened = await current.get()
    await accounts.sessions.close(services.database, opened.token)
    clear_session_cookies(response, services.settings)


@router.post("/session/reauthenticate")
async def reauthenticate(
    body: SessionConfirm, current: SessionDep, services: ServicesDep, accounts: AccountsDep
) -> SessionOut:
    """Give the password once more, as what cannot be undone demands."""
    opened = await current.get()
    session = await accounts.sessions.confirm(
        services.database, opened.token, session=opened.session, password=body.password
    )
    return OpenSession(opened.token, session).to_out()


@router.post("/password", status_code=status.HTTP_204_NO_CONTENT)
async def set_password(body: PasswordSet, services: ServicesDep, accounts: AccountsDep) -> None:
    """Set a password by the token of a link that was sent for it; all sessions end."""
    await accounts.passwords.set_by_link(services.database, body.token, body.password)


@router.post("/password-reset", status_code=status.HTTP_204_NO_CONTENT)
async def ask_for_password(body: PasswordRequest, accounts: AccountsDep, connection: ConnectionDep) -> None:
    """Have a link to set a password sent to a user, if there is one with this address."""
    await accounts.invitations.offer_reset(connection, body.email)
