"""How long the edge takes for one request, in process: from the ASGI scope to the last `send`.

The catalogue has a thousand products with three rules each. Every answer is checked before it is timed.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from rules_compiler.gs1 import check_digit
from tests.factories import item_key, lot_key, make_catalogue, make_item, make_rule
from tests.resolver.edge_client import ROOT, EdgeClient

PRODUCTS = 1000
PHONE = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"
HEADERS = {
    "host": ROOT.removeprefix("https://"),
    "accept": "text/html,*/*;q=0.8",
    "accept_language": "fr-CA,fr;q=0.9",
    "user_agent": PHONE,
}

# What is asked, the headers that differ, and the status it must have.
REQUESTS = {
    "gtin": ("/01/{gtin}", {}, 307),
    "lot": ("/01/{gtin}/10/L1", {}, 307),
    "unknown serial": ("/01/{gtin}/21/S1", {}, 307),
    "link type": ("/01/{gtin}?linkType=gs1:instructions", {}, 307),
    "linkset": ("/01/{gtin}?linkType=linkset", {"accept": "application/linkset+json"}, 200),
    "json": ("/01/{gtin}", {"accept": "application/json"}, 200),
    "unknown gtin": ("/01/09506000199993", {"accept": "application/json"}, 404),
    "bad gtin": ("/01/09506000134353", {"accept": "application/json"}, 400),
}


def gtin_of(number: int) -> str:
    digits = f"0950600{number:06d}"
    return digits + check_digit(digits)


@pytest.fixture(scope="module")
def client() -> EdgeClient:
    gtins = [gtin_of(number) for number in range(PRODUCTS)]
    rules = [
        rule
        for gtin in gtins
        for rule in (
            make_rule(f"product-{gtin}", slice_key=item_key(gtin)),
            make_rule(f"help-{gtin}", slice_key=item_key(gtin), order_index=1, link_type="gs1:instructions"),
            make_rule(f"lot-{gtin}", slice_key=lot_key("L1", gtin)),
        )
    ]
    items = tuple(make_item(key=item_key(gtin)) for gtin in gtins)
    return EdgeClient(make_catalogue(*rules, items=items))


def to_call(client: EdgeClient, target: str, headers: Mapping[str, str]) -> Callable[[], None]:
    """Return a call that sends the request, without an event loop in between."""
    path, _, query = target.encode().partition(b"?")
    scope = {
        "type": "http",
        "method": "GET",
        "raw_path": path,
        "query_string": query,
        "client": ("192.0.2.7", 50_000),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }

    async def send(_message: Any) -> None: ...

    def call() -> None:
        client.sightings.clear()
        try:
            client.edge(scope, None, send).send(None)
        except StopIteration:
            return

    return call


@pytest.mark.parametrize("name", REQUESTS)
def test_answer(client: EdgeClient, benchmark: BenchmarkFixture, name: str) -> None:
    template, headers, status = REQUESTS[name]
    target = template.format(gtin=gtin_of(PRODUCTS // 2))
    assert client.get(target, **HEADERS | headers).status == status
    benchmark(to_call(client, target, HEADERS | headers))
