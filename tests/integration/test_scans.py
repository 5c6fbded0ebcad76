"""Scans are counted once each, whatever happens between the edge and the database."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from admin_api.embedded import Valkey
from rules_compiler.scan import STREAM
from tests.integration.clients import BOT, PHONE, Brand, scan
from tests.integration.running import Up, wait_until
from tests.integration.watching import watch

pytestmark = pytest.mark.processes

TARGET = "https://example.com/counted"


@pytest.fixture
def gtin(up: Up, brand: Brand) -> str:
    """Make a product whose link every worker knows; that is asked of its page, which counts nothing."""
    gtin = brand.make_product()
    brand.make_product_rule(gtin, TARGET)
    watch(up, f"/p/01/{gtin}", lambda answer: TARGET in answer.body.decode())
    return gtin


@pytest.fixture
def redis(up: Up) -> Iterator[Redis]:
    """Talk to the Valkey of the installation."""
    with Redis.from_url(Valkey(up.data_dir).url) as redis:
        yield redis


def scan_times(up: Up, gtin: str, times: int, *, user_agent: str = PHONE) -> None:
    for _ in range(times):
        answer = scan(up.port, f"/01/{gtin}", user_agent=user_agent)
        assert (answer.status, answer.location) == (307, TARGET)


def read_report(brand: Brand, **filters: str) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    report: dict[str, Any] = brand.call("GET", f"/dashboard/api/v1/brand-analytics/scans?{query}")
    return report


def read_final_report(up: Up, brand: Brand, redis: Redis, scans: int) -> dict[str, Any]:
    """Return the report once it has so many scans, and there are no more to come."""

    def is_nothing_on_its_way() -> bool:
        try:
            return not redis.xlen(STREAM) and not list((up.data_dir / "scans").glob("*"))
        except RedisError:
            return False

    wait_until(lambda: read_report(brand)["total_scans"] >= scans, what=f"{scans} scans in the report")
    wait_until(is_nothing_on_its_way, what="an empty stream and an empty spool")
    return read_report(brand)


class TestCount:
    def test_every_scan_is_counted_and_bots_apart(
        self, up: Up, brand: Brand, gtin: str, redis: Redis
    ) -> None:
        scan_times(up, gtin, 60)
        scan_times(up, gtin, 15, user_agent=BOT)
        report = read_final_report(up, brand, redis, 75)
        (product,) = report["top_products"]
        assert (report["total_scans"], report["billable_scans"], report["bot_scans"]) == (75, 60, 15)
        assert (product["gtin"], product["scans"], product["billable_scans"]) == (gtin, 75, 60)
        assert product["by_device"] == {"mobile": 60, "bot": 15}
        assert sum(day["scans"] for day in report["by_day"]) == 75

    def test_a_rule_that_did_not_answer_is_no_scan(
        self, up: Up, brand: Brand, gtin: str, redis: Redis
    ) -> None:
        scan(up.port, "/01/09521234543213")
        scan(up.port, f"/01/{gtin[:-1]}x")
        scan(up.port, f"/01/{gtin}")
        assert read_final_report(up, brand, redis, 1)["total_scans"] == 1


class TestValkeyKilled:
    def test_every_scan_before_meanwhile_and_after_is_counted(
        self, up: Up, brand: Brand, gtin: str, redis: Redis
    ) -> None:
        (victim,) = find_valkey(up)
        scan_times(up, gtin, 60)
        os.kill(victim, signal.SIGKILL)
        scan_times(up, gtin, 60)
        wait_until(lambda: find_valkey(up) - {victim}, what="a new Valkey")
        scan_times(up, gtin, 60)
        assert read_final_report(up, brand, redis, 180)["total_scans"] == 180


def find_valkey(up: Up) -> set[int]:
    commands = up.processes().items()
    return {pid for pid, command in commands if Path(command.split()[0]).name == "valkey-server"}
