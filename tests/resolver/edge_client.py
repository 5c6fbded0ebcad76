"""Ask an edge as a client would, without a network in between: raw bytes in, the answer out."""

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson

from resolver.edge import Edge
from resolver.holder import Holder
from resolver.scans import Sighting, to_rows
from resolver.settings import EdgeSettings
from rules_compiler.compiler import compile_catalogue
from rules_compiler.model import Catalogue, EpochSeconds, SliceKey
from rules_compiler.scan import Scan
from tests.factories import NOON

ROOT = "https://id.example.org"
PROXY = "192.0.2.7"


@dataclass(frozen=True)
class Reply:
    status: int
    raw_headers: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.raw_headers}

    @property
    def links(self) -> list[str]:
        return [value.decode() for name, value in self.raw_headers if name == b"link"]

    @property
    def location(self) -> str | None:
        return self.headers.get("location")

    def json(self) -> Any:
        return orjson.loads(self.body)


async def never_mended(_key: SliceKey) -> bool:
    return False


class EdgeClient:
    """An edge that serves *catalogue*, with a clock that stands still until it is set."""

    def __init__(self, catalogue: Catalogue | None, **settings: Any) -> None:
        self.now: EpochSeconds = NOON
        self.sightings: list[Sighting] = []
        options = EdgeSettings(base_url=settings.pop("base_url", ROOT), **settings)
        self.holder = Holder(lambda: self.now)
        if catalogue is not None:
            self.holder.replace(compile_catalogue(catalogue))
        self.edge = Edge(
            options,
            self.holder,
            self._answer_elsewhere,
            now=lambda: self.now,
            record=self.sightings.append,
            mend=never_mended,
        )

    @property
    def scans(self) -> list[Scan]:
        return [Scan(*row) for row in to_rows(self.sightings)]

    def get(self, target: str, **headers: str) -> Reply:
        return self.request("GET", target, **headers)

    def request(self, method: str, target: str | bytes, *, client: str = PROXY, **headers: str) -> Reply:
        """Send one request; a header is written as keyword, `accept_language="de"`."""
        raw = target.encode() if isinstance(target, str) else target
        path, _, query = raw.partition(b"?")
        scope = {
            "type": "http",
            "method": method,
            "raw_path": path,
            "query_string": query,
            "client": (client, 50_000),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }
        sent: list[dict[str, Any]] = []

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.edge(scope, None, send))  # type: ignore[arg-type]  # the edge never receives
        start, body = sent
        return Reply(start["status"], start["headers"], body["body"])

    @staticmethod
    async def _answer_elsewhere(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b"not for the edge"})
