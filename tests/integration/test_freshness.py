"""An edit is served by every worker at once, whole, and for good."""

import os
import signal
from collections.abc import Callable
from http.client import HTTPException
from statistics import median

import pytest

from tests.integration.clients import Answer, Brand, scan
from tests.integration.running import Up, wait_until
from tests.integration.watching import asking, watch, watch_target

pytestmark = pytest.mark.processes

PROMISED_S = 1.0


class TestPatch:
    def test_every_worker_serves_it_within_a_second(
        self, up: Up, brand: Brand, record_property: Callable[[str, object], None]
    ) -> None:
        gtin = brand.make_product()
        rule_id = brand.make_product_rule(gtin, "https://example.com/0")
        watch_target(up, f"/01/{gtin}", "https://example.com/0")
        slowest = []
        for number in range(1, 21):
            brand.lead(rule_id, f"https://example.com/{number}")
            slowest.append(max(watch_target(up, f"/01/{gtin}", f"https://example.com/{number}").values()))
        figures = f"every worker after {median(slowest) * 1000:.0f} ms, at worst {max(slowest) * 1000:.0f} ms"
        record_property("freshness", figures)
        print(figures)  # noqa: T201 - `pytest -rP` shows it
        assert median(slowest) < PROMISED_S  # the worst tells of the machine: other tests run beside

    def test_who_prefers_live_is_answered_when_every_worker_serves_it(self, up: Up, brand: Brand) -> None:
        gtin = brand.make_product()
        path = f"/resolver/api/v1/resolution-rules/{brand.make_product_rule(gtin, 'https://example.com/0')}"
        workers: set[int] = set()
        for number in range(1, 11):
            target = f"https://example.com/{number}"
            answer = brand.ask("PATCH", path, {"custom_url": target}, prefer="live, wait=10")
            assert answer.headers["preference-applied"] == "live"
            scans = [scan(up.port, f"/01/{gtin}") for _ in range(20)]
            assert {each.location for each in scans} == {target}
            workers |= {each.worker for each in scans}
        assert workers == up.edge_workers()

    def test_it_can_be_read_in_the_history(self, brand: Brand) -> None:
        gtin = brand.make_product()
        rule_id = brand.make_product_rule(gtin, "https://example.com/first")
        brand.lead(rule_id, "https://example.com/second")
        history = brand.call("GET", f"/resolver/api/v1/resolution-rules/{rule_id}/history")["data"]
        changes = [version["changes"][0] for version in history]
        assert [version["number"] for version in history] == [2, 1]
        assert [change["after"]["custom_url"] for change in changes] == [
            "https://example.com/second",
            "https://example.com/first",
        ]
        assert changes[0]["before"]["custom_url"] == "https://example.com/first"

    def test_what_is_refused_changes_nothing(self, up: Up, brand: Brand) -> None:
        gtin = brand.make_product()
        rule_id = brand.make_product_rule(gtin, "https://example.com/kept")
        watch_target(up, f"/01/{gtin}", "https://example.com/kept")
        table = scan(up.port, f"/01/{gtin}").table
        wrong = {"custom_url": "https://example.com/{nothing}", "annual_start_mmdd": "02-31"}
        refusal = brand.ask("PATCH", f"/resolver/api/v1/resolution-rules/{rule_id}", wrong)
        assert refusal.status == 422
        assert len(refusal.json()["error"]["details"]) >= 2
        brand.make_product_rule(brand.make_product(), "https://example.com/later")
        seen = watch(up, f"/01/{gtin}", lambda answer: answer.table > table)
        assert len(seen) == len(up.edge_workers())
        assert scan(up.port, f"/01/{gtin}").location == "https://example.com/kept"


class TestReorder:
    """Two scopes are reordered in one request; a linkset shows both of them."""

    SWAPS = 50

    def make_rules(self, brand: Brand) -> tuple[str, list[str]]:
        brand_id = brand.make_brand("Reordered")
        gtin = brand.make_product(brand_id=brand_id)
        scopes = [("PRODUCT", gtin, "gs1:pip"), ("BRAND", brand_id, "gs1:instructions")]
        ids = [
            brand.make_rule(
                f"https://example.com/{world}", scope_type=scope_type, scope_id=scope_id, link_type=link_type
            )
            for scope_type, scope_id, link_type in scopes
            for world in ("one", "two")
        ]
        return gtin, ids

    def test_it_is_never_seen_half(self, up: Up, brand: Brand) -> None:
        gtin, ids = self.make_rules(brand)
        path = f"/01/{gtin}?linkType=linkset"
        watch(up, path, lambda answer: "instructions" in answer.body.decode())
        first = scan(up.port, path).table
        seen: dict[int, set[tuple[str, ...]]] = {}

        def look() -> tuple[str, ...]:
            answer = scan(up.port, path)
            targets = read_targets(answer)
            seen.setdefault(answer.table, set()).add(targets)
            return targets

        places = f"/resolver/api/v1/organizations/{brand.organization_id}/resolution-rules/reorder"
        worlds = [("https://example.com/one",), ("https://example.com/two",)]
        look()
        with asking(look, readers=2):
            for swap in range(1, self.SWAPS + 1):
                orders = [(at + swap) % 2 for at in range(len(ids))]
                body = [{"id": one, "order_index": at} for one, at in zip(ids, orders, strict=True)]
                brand.call("POST", places, {"rules": body})
                # Two swaps that were published together would be none.
                wait_until(lambda world=worlds[swap % 2]: look() == world, what="a swap")
        assert seen == {first + swap: {worlds[swap % 2]} for swap in range(self.SWAPS + 1)}


def read_targets(linkset: Answer) -> tuple[str, ...]:
    """Return where the scopes of a linkset lead, each target once."""
    (anchor,) = linkset.json()["linkset"]
    found = {link["href"] for links in anchor.values() if isinstance(links, list) for link in links}
    return tuple(sorted(found))


class TestChangeOfHands:
    def test_no_new_owner_inherits_a_link(self, up: Up, owner: Brand, brand: Brand) -> None:
        rival = owner.found_organization("Rival")
        gtin = brand.make_product()
        path = f"/01/{gtin}"
        page = f"http://localhost:{up.port}/p/01/{gtin}"
        brand.make_product_rule(gtin, "https://example.com/former")
        watch_target(up, path, "https://example.com/former")

        brand.call("POST", f"/products/api/v1/products/{gtin}/unclaim", {})
        assert len(watch_target(up, path, page)) == len(up.edge_workers())

        rival.call("POST", f"/products/api/v1/products/{gtin}/claim", {})
        rule_id = rival.make_product_rule(gtin, "https://example.com/latter")
        watch_target(up, path, "https://example.com/latter")
        assert "former" not in scan(up.port, f"{path}?linkType=linkset").body.decode()

        rival.delete_rule(rule_id)
        watch_target(up, path, page)


class TestDelete:
    def test_a_deleted_link_does_not_come_back_with_a_worker(self, up: Up, brand: Brand) -> None:
        gtin = brand.make_product()
        path = f"/01/{gtin}"
        rule_id = brand.make_product_rule(gtin, "https://example.com/recalled")
        watch_target(up, path, "https://example.com/recalled")
        brand.delete_rule(rule_id)
        watch(up, path, lambda answer: answer.location != "https://example.com/recalled")

        before = up.edge_workers()
        os.kill(min(before), signal.SIGKILL)

        def newcomer_answered() -> bool:
            try:
                answer = scan(up.port, path)
            except (OSError, HTTPException):
                return False  # the connection was the victim's
            assert answer.location != "https://example.com/recalled"
            return answer.worker not in before

        wait_until(newcomer_answered, what="an answer of the new worker")
