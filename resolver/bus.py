"""Listen for announcements. The bus may lose them without a word, so each is a hint and no more."""

import contextlib
from collections.abc import Callable

import structlog
from redis.asyncio import Redis

from rules_compiler.announcement import CHANNEL, Announcement, from_bytes

SILENCE_SECONDS = 2.0
"""The head is told twice a second: after so long without a word something is wrong."""

_log = structlog.get_logger()


class Listener:
    """Hands on what is announced. *miss* is called when something may have been missed.

    That is when it begins to listen, when it stops, and after each silence.
    """

    def __init__(
        self, redis_url: str, *, hear: Callable[[Announcement], None], miss: Callable[[], None]
    ) -> None:
        self._redis_url = redis_url
        self._hear = hear
        self._miss = miss
        self.is_listening = False

    async def listen(self) -> None:
        """Listen until the bus breaks, which raises RedisError or OSError."""
        async with contextlib.AsyncExitStack() as stack:
            redis = Redis.from_url(self._redis_url, socket_connect_timeout=SILENCE_SECONDS)
            stack.push_async_callback(redis.aclose)
            pubsub = await stack.enter_async_context(redis.pubsub())
            await pubsub.subscribe(CHANNEL)
            stack.callback(self._set_listening, False)
            # What was announced before the subscription is known to the database alone.
            self._set_listening(True)
            while True:
                message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=SILENCE_SECONDS)
                if message is None:
                    self._miss()
                else:
                    self._read(message["data"])

    def _set_listening(self, is_listening: bool) -> None:  # noqa: FBT001 - there are but two states
        self.is_listening = is_listening
        self._miss()

    def _read(self, message: bytes) -> None:
        try:
            announcement = from_bytes(message)
        except ValueError:
            _log.warning("a message on the bus is no announcement")
            return
        self._hear(announcement)
