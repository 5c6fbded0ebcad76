from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from resolver.counted import Counted


async def answer(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("here")


async def fail(_request: Request) -> Any:
    raise RuntimeError


def test_every_answer_counts_by_its_status() -> None:
    counted = Counted(Starlette(routes=[Route("/here", answer), Route("/broken", fail)]))
    with TestClient(counted, raise_server_exceptions=False) as client:
        assert client.get("/here").text == "here"
        client.head("/here")
        client.get("/absent")
        client.get("/broken")
    assert counted.statuses == {200: 2, 404: 1, 500: 1}
