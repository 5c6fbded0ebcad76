"""Who uses Signpost over HTTP: a brand with its key, and shoppers. Every request is a new connection."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from rules_compiler.gs1 import check_digit

TIMEOUT_S = 20.0
PHONE = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"
BOT = "facebookexternalhit/1.1"

_numbers = itertools.count(1)


def make_gtin() -> str:
    """Return a GTIN-14 that no other test of this run has, from the prefix that GS1 keeps for examples."""
    digits = f"0952{next(_numbers):09d}"
    return digits + check_digit(digits)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def location(self) -> str | None:
        return self.headers.get("location")

    @property
    def worker(self) -> int:
        """The process that answered a shopper."""
        return int(self.headers["signpost-worker"])

    @property
    def table(self) -> int:
        """The number of the table that answered a shopper."""
        return int(self.headers["signpost-table"])

    def json(self) -> Any:
        return json.loads(self.body)


def send(port: int, method: str, path: str, *, body: Any = None, **headers: str) -> Answer:
    """Send one request on a connection of its own; raises OSError or HTTPException when that is cut."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), named)
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, fields, response.read())
    finally:
        connection.close()


def scan(port: int, path: str, **headers: str) -> Answer:
    """Follow a link as a phone does, and be told who answered from which table."""
    return send(port, "GET", path, **({"user_agent": PHONE, "signpost_debug": "table"} | headers))


@dataclass(frozen=True)
class Brand:
    """A brand's own client: one key, one organization. What is refused fails the test."""

    port: int
    api_key: str
    organization_id: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        headers = {"x_api_key": self.api_key, "content_type": "application/json"} | headers
        return send(self.port, method, path, body=body, **headers)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.ask(method, path, body)
        assert answer.status < 300, (method, path, answer.status, answer.body)
        return answer.json() if answer.body else None

    def found_organization(self, name: str) -> "Brand":
        """Make a further organization of the same user, and return the client with a key of it."""
        made = self.call("POST", "/account/api/v1/organizations", {"name": name, "country": "CA"})
        keys = f"/account/api/v1/organizations/{made['id']}/api-keys"
        key = self.call("POST", keys, {"name": "tests", "role": "manager"})["key"]
        return Brand(self.port, key, made["id"])

    def make_brand(self, name: str) -> str:
        body = {"organization_id": self.organization_id, "name": name}
        brand_id: str = self.call("POST", "/brands/api/v1/brands", body)["id"]
        return brand_id

    def make_product(self, **fields: Any) -> str:
        """Return the GTIN of a new product."""
        gtin = make_gtin()
        body = {"gtin": gtin, "organization_id": self.organization_id, "product_name": "Oat drink"}
        self.call("POST", "/products/api/v1/products", body)
        if fields:
            self.call("PATCH", f"/products/api/v1/products/{gtin}", fields)
        return gtin

    def make_rule(self, to: str, **fields: Any) -> str:
        """Return the id of a new rule of the organization that leads to *to*."""
        body = {"scope_type": "ORGANIZATION", "destination_type": "CUSTOM_URL", "custom_url": to}
        rules = f"/resolver/api/v1/organizations/{self.organization_id}/resolution-rules"
        rule_id: str = self.call("POST", rules, body | fields)["id"]
        return rule_id

    def make_product_rule(self, gtin: str, to: str, **fields: Any) -> str:
        return self.make_rule(to, scope_type="PRODUCT", scope_id=gtin, **fields)

    def lead(self, rule_id: str, to: str) -> None:
        """Let a rule lead to *to* from now on."""
        self.call("PATCH", f"/resolver/api/v1/resolution-rules/{rule_id}", {"custom_url": to})

    def delete_rule(self, rule_id: str) -> None:
        self.call("DELETE", f"/resolver/api/v1/resolution-rules/{rule_id}")
