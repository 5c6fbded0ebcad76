"""Count by status what an application answers that does not count itself."""

from collections import Counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Counted:
    """The same application, with `statuses` of its answers since it began."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.statuses: Counter[int] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on as it is."""

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.statuses[message["status"]] += 1
            await send(message)

        await self.app(scope, receive, send_counted)
