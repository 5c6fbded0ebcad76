"""A check of URLs without a network."""

from collections.abc import Awaitable, Callable

from product_platform.digital_link.ports import Verdict


class Checks:
    """Says of a URL what the test wants, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.verdicts: dict[str, Verdict] = {}
        self.default = Verdict.ALIVE
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def check(self, url: str) -> Verdict:
        self.asked.append(url)
        if self.meanwhile is not None:
            await self.meanwhile()
        return self.verdicts.get(url, self.default)
