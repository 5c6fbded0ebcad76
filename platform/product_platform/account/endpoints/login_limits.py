"""How often somebody may try a password: for one address of mail, from one place, and both."""

from hashlib import sha256
from typing import Annotated, Final

from fastapi import Depends, Request

from product_platform.kit.callers import find_address
from product_platform.kit.rate_limits import RateLimiter, Window

_WHILE_S: Final = 900
# Few where somebody guesses the password of one person, and more before that person, or everybody at one
# place, is kept out for what others do.
_TRIES: Final = 20
_TRIES_OF_ALL: Final = 100


class LoginLimits:
    """The limits of this process's logins, successful or not."""

    def __init__(self, request: Request) -> None:
        self._limiter: RateLimiter = request.app.state.rate_limiter
        self._place = find_address(request.scope)

    async def take(self, email: str) -> None:
        """Count a try for *email*; raises RateLimitedError."""
        person = email.strip().lower()
        await self._count(f"{self._place} {person}", _TRIES)
        await self._count(f"of {person}", _TRIES_OF_ALL)
        await self.take_place()

    async def take_place(self) -> None:
        """Count a try for nobody in particular; raises RateLimitedError."""
        await self._count(f"from {self._place}", _TRIES_OF_ALL)

    async def _count(self, subject: str, tries: int) -> None:
        # Redis holds no addresses of anybody.
        digest = sha256(subject.encode()).hexdigest()[:32]
        standing = await self._limiter.take(f"login:{digest}", [Window(tries, _WHILE_S)])
        standing.require()


LoginLimitsDep = Annotated[LoginLimits, Depends()]
