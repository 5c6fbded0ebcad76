"""Who asks a resolver, as locust users: phones, apps and warehouse scanners, on the demo's products.

`make load` drives a running `make run` with them. One locust process asks a few thousand times a second
at most: this shows how latency behaves, not how much the edge can bear; that shows `make compare`.
"""

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from locust import FastHttpUser, between, task

from loadtests.headers import JSON_READERS, LINKSET_READERS, PHONES, SCANNERS, Client

T = TypeVar("T")

GTINS = ("09521001000017", "09522002000013", "09522002000044")
LOTS = ("L2607B", "L2608A")
SERIALS = ("BO-000042", "EO-000666", "UNKNOWN-1")
BAD_PATHS = ("/01/09521001000018", "/01/09520000199997", "/01/123")


class Visitor(FastHttpUser):
    """Somebody with the headers of one device, who never follows a redirect."""

    abstract = True
    clients: Sequence[Client] = PHONES

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._headers = dict(_one_of(self.clients).headers())

    def ask(self, path: str, name: str, *wanted: int) -> None:
        """Ask for *path*; any status but those *wanted* is a failure."""
        with self.client.get(
            path, name=name, headers=self._headers, allow_redirects=False, catch_response=True
        ) as answer:
            if answer.status_code in wanted:
                answer.success()
            else:
                answer.failure(f"{path}: {answer.status_code}")


class Phone(Visitor):
    """A shopper who scans a product, and now and then asks for more, or scans what nobody has registered."""

    weight = 70
    wait_time = between(0.0, 0.02)

    @task(60)
    def scan_product(self) -> None:
        """Scan a GTIN."""
        self.ask(f"/01/{_one_of(GTINS)}", "phone: gtin", 307)

    @task(8)
    def ask_for_link_type(self) -> None:
        """Ask for one kind of link, which the product may not have."""
        self.ask(f"/01/{_one_of(GTINS)}?linkType=gs1:instructions", "phone: linkType", 300, 307, 404)

    @task(4)
    def scan_nonsense(self) -> None:
        """Scan what no product has."""
        self.ask(_one_of(BAD_PATHS), "phone: bad or unknown", 400, 404)


class LinksetApp(Visitor):
    """An app that reads all links of a product and chooses by itself."""

    weight = 5
    wait_time = between(0.0, 0.02)
    clients = LINKSET_READERS

    @task
    def read_linkset(self) -> None:
        """Ask for all links."""
        self.ask(f"/01/{_one_of(GTINS)}?linkType=linkset", "app: linkset", 200)


class DataApp(Visitor):
    """An app that reads the data of a product."""

    weight = 3
    wait_time = between(0.0, 0.02)
    clients = JSON_READERS

    @task
    def read_json(self) -> None:
        """Ask for the product's data."""
        self.ask(f"/01/{_one_of(GTINS)}", "app: json", 200, 307)


class WarehouseScanner(Visitor):
    """A scanner at a dock, which reads lots and serial numbers as fast as boxes come."""

    weight = 22
    wait_time = between(0.0, 0.01)
    clients = SCANNERS

    @task
    def scan_lot(self) -> None:
        """Scan a lot."""
        self.ask(f"/01/{_one_of(GTINS)}/10/{_one_of(LOTS)}", "scanner: lot", 307)

    @task
    def scan_serial(self) -> None:
        """Scan a serial number, which may be unknown."""
        self.ask(f"/01/{_one_of(GTINS)}/21/{_one_of(SERIALS)}", "scanner: serial", 307)


def _one_of(values: Sequence[T]) -> T:
    return random.choice(values)
