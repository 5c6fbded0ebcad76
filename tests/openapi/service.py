"""The whole API in process, asked by tests that wait for nothing."""

import asyncio

import httpx2
import requests

from tests.tenancy.world import World


class Service:
    """The whole API with somebody who may do everything, for tests that wait for nothing."""

    def __init__(self, runner: asyncio.Runner, world: World) -> None:
        self._runner = runner
        self.world = world

    def send(self, prepared: requests.PreparedRequest) -> httpx2.Response:
        """Send a request and take back what it has written."""
        return self._runner.run(self._send(prepared))

    async def _send(self, prepared: requests.PreparedRequest) -> httpx2.Response:
        async with self.world.database.trial():
            return await self.world.send(prepared.method, prepared.url, prepared.body, prepared.headers)
