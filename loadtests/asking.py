"""Asks a service one request after the other, to look at its answers."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection

from loadtests.check import Answer
from loadtests.mix import Ask

TIMEOUT_S = 20.0
DEBUG = ("Signpost-Debug", "table")
"""The header that asks which table and which worker answered."""


class Connection:
    """One connection that is kept open; it knows nothing of redirects."""

    def __init__(self, port: int, *, timeout_s: float = TIMEOUT_S) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=timeout_s)

    def get(self, target: str, headers: Iterable[tuple[str, str]] = ()) -> Answer:
        """Return the answer; raises OSError or HTTPException when there is none."""
        asked_at = time.time()
        connection = self._connection
        connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        body = response.read()
        found: Mapping[str, str] = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, body, asked_at, time.time())

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()


def answers_to(asks: Iterable[Ask], port: int) -> Iterator[tuple[Ask, Answer]]:
    """Yield each request three times with its answer.

    The first time it asks for the table, for which an answer is made anew. Then it is asked as
    anybody asks, and asked again, when the answer may be one that was kept.
    """
    with closing(Connection(port)) as connection:
        for ask in asks:
            told = connection.get(ask.target, [*ask.headers, DEBUG])
            yield ask, told
            for _ in range(2):
                yield ask, connection.get(ask.target, ask.headers).at_table(told.table)
