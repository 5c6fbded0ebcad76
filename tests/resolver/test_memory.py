"""What strangers write into requests fills no memory: whatever is kept of it has a bound."""

import gc
import tracemalloc
from collections.abc import Callable

from tests.factories import GTIN, make_catalogue, make_rule
from tests.resolver.edge_client import EdgeClient

REQUESTS = 2_000
# Of the longest head that the server takes.
LONG = 8_000
MAX_GROWTH_BYTES = 24 * 1024 * 1024


def measure_growth(edge: EdgeClient, ask: Callable[[int], None]) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(REQUESTS):
            ask(number)
            if number % 200 == 0:
                _ = edge.scans  # as the reporter does
                edge.sightings.clear()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before


def make_edge() -> EdgeClient:
    rules = [
        make_rule("fr", languages=("fr",)),
        make_rule("pdf", order_index=1, media_type="application/pdf"),
    ]
    return EdgeClient(make_catalogue(*rules))


def test_headers_that_are_long_and_never_the_same() -> None:
    edge = make_edge()

    def ask(number: int) -> None:
        tail = f"{number:x}".rjust(LONG, "x")
        headers = {"accept": f"a/b, text/{tail}", "accept_language": f"fr, {tail}", "user_agent": tail}
        assert edge.get(f"/01/{GTIN}", host="id.example.org", **headers).status == 307

    assert measure_growth(edge, ask) < MAX_GROWTH_BYTES


def test_hosts_that_are_never_the_same() -> None:
    edge = make_edge()

    def ask(number: int) -> None:
        headers = {"host": f"{number:05d}{'.x' * 1_000}", "accept": f"text/html, a/{number:0450d}"}
        assert edge.get(f"/01/{GTIN}", **headers).status == 307

    assert measure_growth(edge, ask) < MAX_GROWTH_BYTES


def test_lots_serials_and_queries_that_nobody_registered() -> None:
    edge = make_edge()

    def ask(number: int) -> None:
        path = f"/01/{GTIN}/10/L{number}/21/{number:020d}?q={number:01000d}"
        assert edge.get(path, host="id.example.org").status == 307

    assert measure_growth(edge, ask) < MAX_GROWTH_BYTES


def test_callers_that_are_never_the_same_and_ask_for_lots_that_nobody_registered() -> None:
    edge = make_edge()

    def ask(number: int) -> None:
        tail = f"{number:x}".rjust(LONG, "x")
        headers = {"accept": f"text/html, text/{tail}", "accept_language": f"fr, {tail}"}
        assert edge.get(f"/01/{GTIN}/10/L{number}", host="id.example.org", **headers).status == 307

    assert measure_growth(edge, ask) < MAX_GROWTH_BYTES


def test_hosts_that_are_as_long_as_a_head_may_be() -> None:
    edge = make_edge()

    def ask(number: int) -> None:
        assert edge.get(f"/01/{GTIN}", host=f"{number:05d}{'.x' * (LONG // 2)}").status == 307

    assert measure_growth(edge, ask) < MAX_GROWTH_BYTES / 4
