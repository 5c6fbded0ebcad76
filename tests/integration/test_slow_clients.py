"""Hundreds of clients who never finish what they say: all others are served, and at last they are cut."""

import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.integration.clients import Brand, scan
from tests.integration.running import DEADLINE_S, Up

pytestmark = pytest.mark.processes

SLOW_CLIENTS = 500
# More than the connections to the api process that all workers have, which none of these may hold.
REQUESTS = 60
# Whoever waits for a slow one waits for ten seconds.
PROMPT_S = 8.0

HEAD = b"GET /01/09506000134352 HTTP/1.1\r\nHost: x\r\nAccept: "
BODY = b"POST /products/api/v1/products HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{"
CHUNK = b"PATCH /account/api/v1/whoami HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"
ATTACKS = (b"", HEAD, BODY, BODY, CHUNK, CHUNK)
"""Nothing at all, a head without end, bodies that stop."""


@contextmanager
def slow_clients(port: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        clients = []
        for number in range(SLOW_CLIENTS):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S))
            client.sendall(ATTACKS[number % len(ATTACKS)])
            clients.append(client)
        yield clients


def count_cut(clients: list[socket.socket]) -> int:
    """Return how many connections have ended before the deadline, after an answer or without."""
    cut, deadline = 0, time.monotonic() + DEADLINE_S
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client, selectors.EVENT_READ)
        while cut < len(clients) and time.monotonic() < deadline:
            for key, _ in selector.select(deadline - time.monotonic()):
                if not _is_open(key.fileobj):
                    selector.unregister(key.fileobj)
                    cut += 1
    return cut


def _is_open(client: socket.socket) -> bool:
    try:
        return bool(client.recv(65_536))
    except ConnectionError:
        return False


def test_others_are_served_and_the_slow_are_cut(up: Up, owner: Brand) -> None:
    gtin = owner.make_product()
    with slow_clients(up.port) as clients:
        for _ in range(REQUESTS):
            began = time.monotonic()
            assert scan(up.port, f"/01/{gtin}").status in {307, 404}
            assert owner.ask("GET", "/account/api/v1/whoami").status == 200
            assert time.monotonic() - began < PROMPT_S
        assert count_cut(clients) == SLOW_CLIENTS
    assert owner.ask("GET", "/account/api/v1/whoami").status == 200
