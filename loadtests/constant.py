"""Services that know one answer, 307 to always the same place: what everything else is compared with.

`python -m loadtests.constant bare PORT` serves as the edge is served: by Granian, with one worker and
the same options. `bare` is an ASGI callable, `starlette` a route of that framework.
"""

import sys
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin_api.cli.serving import serve

LOCATION = "https://www.brand7.example/p/09520000003508"

_HEADERS = [(b"location", LOCATION.encode()), (b"content-length", b"0")]


async def bare(scope: Any, _receive: Any, send: Any) -> None:
    """Answer every request with the one redirect."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 307, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b""})


async def _redirect(_request: Request) -> Response:
    return Response(status_code=307, headers={"location": LOCATION})


def make_bare() -> Any:
    """Return the callable."""
    return bare


def make_starlette() -> Starlette:
    """Return the application with the one route, which takes any path."""
    return Starlette(routes=[Route("/{path:path}", _redirect)])


if __name__ == "__main__":
    name, port = sys.argv[1:]
    serve(
        f"loadtests.constant:make_{name}",
        address="127.0.0.1",
        port=int(port),
        workers=1,
        backlog=4096,
        respawn_failed_workers=True,
    )
