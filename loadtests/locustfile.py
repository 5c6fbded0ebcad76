"""Shoppers who scan the demo's products, in the mix of a real resolver.

`make load` drives a running `make run`. One locust process asks a few thousand times a second at most:
this shows how latency behaves, not how much the edge can bear.
"""

import random
from typing import TypeVar

from locust import FastHttpUser, constant, task

T = TypeVar("T")

GTINS = ("09521001000017", "09522002000013", "09522002000044")
LOTS = ("L2607B", "L2608A")
SERIALS = ("BO-000042", "EO-000666", "UNKNOWN-1")
BAD_PATHS = ("/01/09521001000018", "/01/09520000199997", "/01/123")
HEADERS = {"Accept": "text/html", "Accept-Language": "fr-CA, fr;q=0.9, en;q=0.5"}


class Shopper(FastHttpUser):
    """Asks again as soon as it has an answer."""

    wait_time = constant(0)

    @task(60)
    def scan_product(self) -> None:
        """Scan a GTIN."""
        self._ask(f"/01/{_one_of(GTINS)}", "gtin", {307})

    @task(20)
    def scan_instance(self) -> None:
        """Scan a lot or a serial number."""
        qualifier = f"10/{_one_of(LOTS)}" if _one_of((True, False)) else f"21/{_one_of(SERIALS)}"
        self._ask(f"/01/{_one_of(GTINS)}/{qualifier}", "lot or serial", {307})

    @task(8)
    def ask_for_link_type(self) -> None:
        """Ask for one kind of link, which the product may not have."""
        self._ask(f"/01/{_one_of(GTINS)}?linkType=gs1:instructions", "linkType", {300, 307, 404})

    @task(5)
    def read_linkset(self) -> None:
        """Ask for all links."""
        self._ask(f"/01/{_one_of(GTINS)}?linkType=linkset", "linkset", {200})

    @task(3)
    def read_json(self) -> None:
        """Ask for the product's data."""
        self._ask(f"/01/{_one_of(GTINS)}", "json", {200, 307}, accept="application/json")

    @task(4)
    def scan_nonsense(self) -> None:
        """Scan what no product has."""
        self._ask(_one_of(BAD_PATHS), "bad or unknown", {400, 404})

    def _ask(self, path: str, name: str, wanted: set[int], accept: str = HEADERS["Accept"]) -> None:
        headers = HEADERS | {"Accept": accept}
        with self.client.get(
            path, name=name, headers=headers, allow_redirects=False, catch_response=True
        ) as answer:
            if answer.status_code in wanted:
                answer.success()
            else:
                answer.failure(f"{path}: {answer.status_code}")


def _one_of(values: tuple[T, ...]) -> T:
    return random.choice(values)
