"""Sessions: people who are logged in, known by a token in a cookie."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from product_platform.account.errors import LoginRefusedError, PasswordWrongError
from product_platform.account.models import Session
from product_platform.account.repository import members, sessions
from product_platform.account.service.passwords import Passwords
from product_platform.account.service.tokens import make_token, to_hash
from product_platform.kit.clock import Clock
from product_platform.kit.db import Database
from product_platform.kit.permissions import PERMISSIONS, Permissions, Principal

SESSION_LASTS: Final = timedelta(days=14)


class Sessions:
    """Opens, confirms and ends sessions."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._passwords = Passwords(clock)

    async def open(self, database: Database, email: str, password: str) -> tuple[str, Session]:
        """Log a person in, and return the token and the session; raises LoginRefusedError."""
        user = await self._passwords.check(database, email, password)
        if user is None:
            raise LoginRefusedError
        token, at = make_token(), self._clock.now()
        session = Session(user=user, authenticated_at=at, expires_at=at + SESSION_LASTS)
        async with database.transaction() as connection:
            await sessions.insert(
                connection, to_hash(token), user_id=user.id, at=at, expires_at=session.expires_at
            )
        return token, session

    async def authenticate(self, database: Database, token: str) -> Principal | None:
        """Return whom the session stands for at this moment; None when there is no such session."""
        async with database.pool.acquire() as connection:
            session = await sessions.find(connection, to_hash(token), at=self._clock.now())
            if session is None:
                return None
            roles = await members.fetch_roles(connection, session.user.id)
        organizations: Mapping[UUID, Permissions] = {id_: PERMISSIONS[role] for id_, role in roles.items()}
        return Principal(
            user_id=session.user.id, organizations=organizations, authenticated_at=session.authenticated_at
        )

    async def find(self, database: Database, token: str) -> Session | None:
        """Return the session with this token, as long as it lasts."""
        async with database.pool.acquire() as connection:
            return await sessions.find(connection, to_hash(token), at=self._clock.now())

    async def confirm(self, database: Database, token: str, *, session: Session, password: str) -> Session:
        """Take the password once more as proof of who is there; raises PasswordWrongError."""
        if await self._passwords.check(database, session.user.email, password) is None:
            raise PasswordWrongError
        at = self._clock.now()
        async with database.transaction() as connection:
            await sessions.confirm(connection, to_hash(token), at=at)
        return replace(session, authenticated_at=at)

    async def close(self, database: Database, token: str) -> None:
        """End a session."""
        async with database.transaction() as connection:
            await sessions.delete(connection, to_hash(token))
