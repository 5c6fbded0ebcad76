"""Verification through whole processes: one limit for all workers, and what becomes of scans and flags."""

from collections.abc import Iterator

import pytest

from tests.conftest import open_folder
from tests.integration.clients import Answer, Brand, scan, send
from tests.integration.running import Up, running, wait_until

pytestmark = pytest.mark.processes

WORKERS = 2
LIMIT = 60
UNKNOWN_KEY = "csb_q7Zt2LmVx9Kc4RbN8sWd1HyPf6JgTe3U_b6a4ed47"
MINIMAL = ["verificationStatus", "gtin", "serialNumber", "verifiedAt", "recommendation"]


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """Run an installation that believes its tests about who they are."""
    with (
        open_folder() as folder,
        running(folder / "data", "--workers", str(WORKERS), SIGNPOST_TRUSTED_PROXIES="127.0.0.1") as up,
    ):
        up.ready = up.wait_until_ready()
        wait_until(lambda: len(up.edge_workers()) == WORKERS, what="both edge workers")
        yield up


@pytest.fixture(scope="module")
def owner(up: Up) -> Brand:
    return Brand(up.port, up.ready["api_key"], up.ready["organization_id"])


def verify(up: Up, gtin: str, serial: str, *, client: str = "203.0.113.1", **headers: str) -> Answer:
    path = f"/resolver/api/v1/verify/01/{gtin}/21/{serial}"
    return send(up.port, "GET", path, x_forwarded_for=client, **headers)


def status_of(up: Up, gtin: str, serial: str, number: int) -> str:
    """Return the status as somebody hears it who never asked before."""
    answer = verify(up, gtin, serial, client=f"198.51.{number // 250}.{number % 250}")
    assert answer.status == 200
    status: str = answer.json()["verificationStatus"]
    return status


class TestLimit:
    def test_all_workers_count_together(self, up: Up, owner: Brand) -> None:
        gtin = owner.make_product()
        for client in ("203.0.113.7", "203.0.113.8"):
            answers = [verify(up, gtin, "1", client=client) for _ in range(LIMIT + 5)]
            if len({answer.headers["x-ratelimit-reset"] for answer in answers}) == 1:
                break  # else the hour has ended meanwhile
        assert [answer.status for answer in answers] == [200] * LIMIT + [429] * 5
        assert answers[-1].headers["retry-after"] == answers[-1].headers["ratelimit-reset"]

    def test_a_slash_64_is_one_client(self, up: Up, owner: Brand) -> None:
        gtin = owner.make_product()
        first, second = (verify(up, gtin, "1", client=f"2001:db8::{n}") for n in (1, 2))
        left = [int(answer.headers["ratelimit-remaining"]) for answer in (first, second)]
        assert left in ([LIMIT - 1, LIMIT - 2], [LIMIT - 1, LIMIT - 1])  # or the hour has ended meanwhile


class TestKey:
    def test_a_key_is_told_more(self, up: Up, owner: Brand) -> None:
        answer = verify(up, owner.make_product(), "1", x_api_key=owner.api_key)
        assert list(answer.json()) == [*MINIMAL, "scanHistory", "anomalies"]

    def test_an_unknown_key_is_as_good_as_none(self, up: Up, owner: Brand) -> None:
        answer = verify(up, owner.make_product(), "1", x_api_key=UNKNOWN_KEY)
        assert list(answer.json()) == MINIMAL
        assert "ratelimit-remaining" in answer.headers


class TestState:
    def test_a_flag_reaches_the_edge_and_leaves_it(self, up: Up, owner: Brand) -> None:
        gtin = owner.make_product()
        path = f"/resolver/api/v1/organizations/{owner.organization_id}/serials/{gtin}/S-1"
        numbers = iter(range(10_000))
        for state in ("counterfeit_suspected", "authentic"):
            owner.call("PUT", path, {"state": state})
            wait_until(
                lambda state=state: status_of(up, gtin, "S-1", next(numbers)) == state, what=f"{state}"
            )

    def test_a_serial_that_shoppers_scan_too_often_becomes_suspect(self, up: Up, owner: Brand) -> None:
        gtin = owner.make_product()
        owner.make_product_rule(gtin, "https://example.com/")
        wait_until(lambda: scan(up.port, f"/01/{gtin}").status == 307, what="the rule")
        for _ in range(25):
            scan(up.port, f"/01/{gtin}/21/S-2")
        numbers = iter(range(10_000, 20_000))
        wait_until(lambda: status_of(up, gtin, "S-2", next(numbers)) == "suspect", what="the suspicion")
        history = verify(up, gtin, "S-2", x_api_key=owner.api_key).json()["scanHistory"]
        assert history["consumerScans"] == 25
