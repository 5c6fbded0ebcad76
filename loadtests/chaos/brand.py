"""A brand that edits its links over the API, and remembers what was acknowledged."""

import itertools
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
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
    etag: str = ""
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
        return self._call(method, path, body, headers)[0]

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> tuple[Any, str]:
        """Return the answer and its ETag."""
        connection = HTTPConnection("127.0.0.1", self._stage.port, timeout=_TIMEOUT_S)
        told = {"X-API-Key": self._key, "Content-Type": "application/json", **headers}
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
        return json.loads(content) if content else None, answer.getheader("ETag", "")

    def found_organization(self, name: str) -> "Brand":
        """Make a further organization of the same user."""
        made = self.call("POST", "/account/api/v1/organizations", {"name": name, "country": "CA"})
        keys = f"/account/api/v1/organizations/{made['id']}/api-keys"
        key = self.call("POST", keys, {"name": "chaos", "role": "manager"})["key"]
        return Brand(self._stage, key, made["id"])

    def make_link(self) -> Link:
        """Make a product with a link of its own, at edit 0."""
        gtin = self._make_product()
        rule_id = self._make_rule(gtin, f"https://example.com/{gtin}/0")
        return Link(f"/01/{gtin}", gtin, rule_id)

    def make_sale(self) -> tuple[Link, str]:
        """Make a link before whose rule there is another one, long over; return both."""
        gtin = self._make_product()
        over = "2020-01-01T00:00:00Z"
        sale_id = self._make_rule(gtin, f"https://example.com/sale/{gtin}", absolute_end_at=over)
        rule_id = self._make_rule(gtin, f"https://example.com/{gtin}/0")
        return Link(f"/01/{gtin}", gtin, rule_id), sale_id

    def _make_product(self) -> str:
        digits = f"0952{next(_numbers):09d}"
        gtin = digits + check_digit(digits)
        product = {"gtin": gtin, "organization_id": self.organization_id, "product_name": "Oat drink"}
        self.call("POST", "/products/api/v1/products", product)
        return gtin

    def _make_rule(self, gtin: str, to: str, **fields: str) -> str:
        rule = {"scope_type": "PRODUCT", "scope_id": gtin, "destination_type": "CUSTOM_URL", "custom_url": to}
        rule_id: str = self.call("POST", self.rules, rule | fields, Prefer="live, wait=4")["id"]
        return rule_id

    def prolong_sale(self, rule_id: str, target: str, ends_at: float) -> None:
        """Let the rule of a sale hold until *ends_at*, in epoch seconds."""
        told = datetime.fromtimestamp(ends_at, UTC).isoformat()
        body = {"custom_url": target, "absolute_end_at": told}
        self.call("PATCH", f"/resolver/api/v1/resolution-rules/{rule_id}", body)

    def edit(self, link: Link) -> bool:
        """Let *link* lead to its next target; return whether that was acknowledged."""
        with link.lock:
            link.tried += 1
            number = link.tried
            try:
                link.etag = self._send_edit(link, number)
            except NotAcknowledgedError:
                link.uncertain.add(number)
                link.etag = ""
                return False
            link.acknowledged = number
            return True

    def _send_edit(self, link: Link, number: int) -> str:
        """Return the new ETag.

        An edit that got no answer may be done later; then it must not undo the next one. So each is made for
        what is there now, and is refused when that has changed meanwhile.
        """
        path = f"/resolver/api/v1/resolution-rules/{link.rule_id}"
        etag = link.etag or self._call("GET", path, None, {})[1]
        return self._call("PATCH", path, {"custom_url": link.target(number)}, {"If-Match": etag})[1]

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
