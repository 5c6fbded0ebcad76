"""A brand that edits its links over the API, and remembers what was acknowledged."""

import itertools
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from loadtests.chaos.processes import wait_until
from loadtests.chaos.stage import Stage
from rules_compiler.gs1 import check_digit

_TIMEOUT_S = 5.0
_RULES = "/resolver/api/v1/organizations/{}/resolution-rules"
_numbers = itertools.count(1)


class NotAcknowledgedError(Exception):
    """It is not known whether the API has done what it was told; a refusal or a silence says nothing else."""


@dataclass
class Link:
    """A link and its edits: *acknowledged* is the last one that the API said yes to, *tried* the last of all.

    What the API did not say yes to is *uncertain*. The target of edit n ends in `/n`. A link that is
    deleted leads nowhere any more.
    """

    path: str
    name: str
    rule_id: str
    tried: int = 0
    acknowledged: int = 0
    uncertain: set[int] = field(default_factory=set)
    is_being_deleted: bool = False
    is_deleted: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def edits(self) -> int:
        """How many edits were acknowledged."""
        return self.tried - len(self.uncertain)

    def target(self, number: int) -> str:
        """Return where edit *number* lets the link lead."""
        return f"https://example.com/{self.name}/{number}"

    def number_of(self, location: str | None) -> int | None:
        """Return the edit that *location* is the target of, or None when it is of no edit of this link."""
        head, _, number = (location or "").rpartition("/")
        return int(number) if head == f"https://example.com/{self.name}" and number.isdecimal() else None


class Brand:
    """One key of one organization. Each request is a connection of its own."""

    def __init__(self, stage: Stage, api_key: str, organization_id: str) -> None:
        self._stage = stage
        self._key = api_key
        self.organization_id = organization_id
        self.rules = _RULES.format(organization_id)

    @classmethod
    def owner(cls, stage: Stage) -> "Brand":
        """Return the owner of the installation."""
        return cls(stage, stage.ready["api_key"], stage.ready["organization_id"])

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> Any:
        """Return the answer; raises NotAcknowledgedError when it is no success."""
        connection = HTTPConnection("127.0.0.1", self._stage.port, timeout=_TIMEOUT_S)
        told = {"X-API-Key": self._key, "Content-Type": "application/json"} | headers
        try:
            connection.request(method, path, None if body is None else json.dumps(body), told)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException) as error:
            raise NotAcknowledgedError(type(error).__name__) from error
        finally:
            connection.close()
        if answer.status >= 300:
            raise NotAcknowledgedError(f"{answer.status} {content[:200]!r}")
        return json.loads(content) if content else None

    def found_organization(self, name: str) -> "Brand":
        """Make a further organization of the same user."""
        made = self.call("POST", "/account/api/v1/organizations", {"name": name, "country": "CA"})
        keys = f"/account/api/v1/organizations/{made['id']}/api-keys"
        key = self.call("POST", keys, {"name": "chaos", "role": "manager"})["key"]
        return Brand(self._stage, key, made["id"])

    def make_link(self) -> Link:
        """Make a product with a link of its own, at edit 0."""
        digits = f"0952{next(_numbers):09d}"
        gtin = digits + check_digit(digits)
        product = {"gtin": gtin, "organization_id": self.organization_id, "product_name": "Oat drink"}
        self.call("POST", "/products/api/v1/products", product)
        rule = {
            "scope_type": "PRODUCT",
            "scope_id": gtin,
            "destination_type": "CUSTOM_URL",
            "custom_url": f"https://example.com/{gtin}/0",
        }
        made = self.call("POST", self.rules, rule, Prefer="live, wait=10")
        return Link(f"/01/{gtin}", gtin, made["id"])

    def edit(self, link: Link) -> bool:
        """Let *link* lead to its next target; return whether that was acknowledged."""
        with link.lock:
            link.tried += 1
            number = link.tried
            try:
                body = {"custom_url": link.target(number)}
                self.call("PATCH", f"/resolver/api/v1/resolution-rules/{link.rule_id}", body)
            except NotAcknowledgedError:
                link.uncertain.add(number)
                return False
            link.acknowledged = number
            return True

    def delete(self, link: Link) -> bool:
        """Delete the rule of *link*; return whether that was acknowledged."""
        with link.lock:
            link.is_being_deleted = True
            try:
                self.call("DELETE", f"/resolver/api/v1/resolution-rules/{link.rule_id}")
            except NotAcknowledgedError:
                return False
            link.is_deleted = True
            return True

    def edit_until_acknowledged(self, link: Link) -> None:
        """Edit *link* as soon as that is possible; raises TooLateError when it is not."""
        wait_until(lambda: self.edit(link), "an edit that is acknowledged")
