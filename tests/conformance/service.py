"""Ask the whole edge service, with the routes that stand beside the identifiers."""

import asyncio
from typing import Any

from resolver.app import create_edge
from resolver.settings import EdgeSettings
from tests.resolver.edge_client import ROOT, Reply


def request_service(method: str, path: str, base_url: str = ROOT) -> Reply:
    """Send one request to an edge service that has not started yet."""
    edge = create_edge(EdgeSettings(base_url=base_url))
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"id.example.org"), (b"origin", b"https://app.example")],
    }
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(edge(scope, None, send))  # type: ignore[arg-type]  # nothing is received
    start, *bodies = sent
    return Reply(start["status"], start["headers"], b"".join(each["body"] for each in bodies))
