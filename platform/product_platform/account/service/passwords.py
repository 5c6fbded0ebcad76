"""Passwords: how they are hashed, and how a person comes to set one."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from typing import Final, TypeVar
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from product_platform.account.errors import PasswordLinkBadError
from product_platform.account.models import User
from product_platform.account.repository import sessions
from product_platform.account.service.tokens import make_token, to_hash
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection, Database

T = TypeVar("T")

INVITATION_LASTS: Final = timedelta(days=7)
RESET_LASTS: Final = timedelta(hours=1)

# The parameters that RFC 9106 recommends where memory is scarce: 64 MiB, and some 50 ms of a processor.
_HASHER: Final = PasswordHasher()
# So many at a time, while others wait: their memory is bounded, and the process goes on serving.
_THREADS: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")


class Passwords:
    """Sets and checks passwords. No connection is held while one is hashed, which takes long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def check(self, database: Database, email: str, password: str) -> User | None:
        """Return the active user who has this address and password; None takes as long to tell."""
        async with database.pool.acquire() as connection:
            found = await sessions.find_password_hash(connection, email)
        if found is None:
            await _run(lambda: _is_right(_unknown_hash(), password))
            return None
        user, password_hash = found
        if not await _run(lambda: _is_right(password_hash, password)):
            return None
        if _HASHER.check_needs_rehash(password_hash):
            await self.store(database, user.id, password)
        return user

    async def store(self, database: Database, user_id: UUID, password: str) -> None:
        """Make *password* the user's."""
        password_hash = await _run(lambda: _HASHER.hash(password))
        async with database.transaction() as connection:
            await sessions.store_password_hash(connection, user_id, password_hash)

    async def make_link(self, connection: Connection, user_id: UUID, *, lasts: timedelta) -> str:
        """Return a token with which the user may set a password once, as long as it *lasts*."""
        token, at = make_token(), self._clock.now()
        await sessions.insert_link(connection, to_hash(token), user_id=user_id, at=at, expires_at=at + lasts)
        return token

    async def make_invitation(self, connection: Connection, user_id: UUID) -> str:
        """Return a token with which a new user may set a password, for seven days."""
        return await self.make_link(connection, user_id, lasts=INVITATION_LASTS)

    async def set_by_link(self, database: Database, token: str, password: str) -> None:
        """Make *password* that of the user whose link it is, and end all sessions of that user.

        Raises PasswordLinkBadError.
        """
        token_hash = to_hash(token)
        async with database.pool.acquire() as connection:
            if await sessions.find_link(connection, token_hash, at=self._clock.now()) is None:
                raise PasswordLinkBadError
        password_hash = await _run(lambda: _HASHER.hash(password))
        async with database.transaction() as connection:
            user_id = await sessions.find_link(connection, token_hash, at=self._clock.now(), lock=True)
            if user_id is None:
                raise PasswordLinkBadError
            await sessions.store_password_hash(connection, user_id, password_hash)
            await sessions.delete_all(connection, user_id)


async def _run(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work)


def _is_right(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except VerificationError:
        return False


@cache
def _unknown_hash() -> str:
    """Return a hash to check against where there is none, so that the time does not tell."""
    return _HASHER.hash(make_token())
