"""Whichever worker is asked, `/metrics` speaks for all of them, also for those that are gone."""

import os
import signal
from collections.abc import Iterator
from http.client import HTTPException

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import open_folder
from tests.integration.clients import PHONE, Answer, Brand, scan, send
from tests.integration.running import Up, running, wait_until

pytestmark = pytest.mark.processes

WORKERS = 3
SCANS = 40
REFUSALS = 10

HOSTED = 'signpost_scans_total{outcome="hosted"}'
REFUSED = 'signpost_answers_total{status="405"}'


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """One installation whose shoppers are those of the first test alone."""
    with open_folder() as folder, running(folder / "data", "--workers", str(WORKERS)) as up:
        up.ready = up.wait_until_ready()
        wait_until(lambda: len(up.edge_workers()) == WORKERS, what="every edge worker")
        shop(up)
        yield up


def shop(up: Up) -> None:
    """Scan an item without rules, and send what is refused, so often that each worker has some of it."""
    brand = Brand(up.port, up.ready["api_key"], up.ready["organization_id"])
    path = f"/01/{brand.make_product()}"
    wait_until(lambda: scan(up.port, path).status == 307, what="the first scan")
    for _ in range(SCANS - 1):
        assert send(up.port, "GET", path, user_agent=PHONE).status == 307
    for _ in range(REFUSALS):
        assert send(up.port, "POST", path).status == 405


def ask(up: Up) -> Answer:
    answer = send(up.port, "GET", "/metrics")
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, "text/plain")
    return answer


def parse(answer: Answer) -> dict[str, float]:
    """Return the samples by series; the text must be one that Prometheus reads."""
    text = answer.body.decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert len(samples) == sum(not line.startswith("#") for line in text.splitlines())
    labels = [",".join(f'{name}="{value}"' for name, value in each.labels.items()) for each in samples]
    return {
        f"{each.name}{{{label}}}" if label else each.name: each.value
        for each, label in zip(samples, labels, strict=True)
    }


def ask_every_worker(up: Up) -> list[dict[str, float]]:
    """Return what each worker says, once each of them was asked."""
    seen: dict[int, dict[str, float]] = {}

    def ask_one() -> bool:
        answer = ask(up)
        seen[answer.worker] = parse(answer)
        return seen.keys() >= up.edge_workers()

    wait_until(ask_one, what="an answer of every worker")
    return list(seen.values())


def wait_until_told(up: Up) -> None:
    """Wait until what was counted is known to all: a worker tells it within a second."""
    wait_until(lambda: parse(ask(up)).get(HOSTED) == SCANS, what="every scan")
    wait_until(lambda: parse(ask(up)).get(REFUSED) == REFUSALS, what="every refusal")


def counters(samples: dict[str, float]) -> dict[str, float]:
    return {series: value for series, value in samples.items() if "_total" in series or "_bucket" in series}


class TestAllWorkers:
    def test_each_says_what_all_have_counted(self, up: Up) -> None:
        wait_until_told(up)
        for samples in ask_every_worker(up):
            assert (samples[HOSTED], samples[REFUSED]) == (SCANS, REFUSALS)
            assert samples["signpost_requests_total"] >= SCANS + REFUSALS
            assert 0 < samples["signpost_kept_answers_total"] < SCANS
            assert samples["signpost_scans_dropped_total"] == 0

    def test_each_says_which_table_every_worker_serves(self, up: Up) -> None:
        def are_told() -> bool:
            samples = parse(ask(up))
            numbers = [samples[f'signpost_table_number{{worker="{slot}"}}'] for slot in range(WORKERS)]
            return min(numbers) > 0 and max(numbers) <= samples["signpost_keeper_head"]

        wait_until(are_told, what="the table of every worker, and of the keeper")


class TestComingBack:
    def test_no_counter_falls_when_a_worker_is_killed(self, up: Up) -> None:
        wait_until_told(up)
        last = counters(parse(ask(up)))
        victim = min(up.edge_workers())
        os.kill(victim, signal.SIGKILL)

        def is_back() -> bool:
            nonlocal last
            try:
                now = counters(parse(ask(up)))
            except (OSError, HTTPException):  # it was the victim who had taken the request
                return False
            assert {series for series, value in last.items() if now[series] < value} == set()
            last = now
            return len(up.edge_workers() - {victim}) == WORKERS

        wait_until(is_back, what="a new worker")
        for samples in ask_every_worker(up):
            assert (samples[HOSTED], samples[REFUSED]) == (SCANS, REFUSALS)

    def test_counters_go_on_when_the_whole_edge_is_killed(self, up: Up) -> None:
        wait_until_told(up)
        victim = up.part("edge")
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: up.part("edge") not in {None, victim}, what="a new edge")
        wait_until(lambda: up.get("/readyz")[0] == 200, what="an answer")
        wait_until(lambda: len(up.edge_workers()) == WORKERS, what="every edge worker")
        for samples in ask_every_worker(up):
            assert (samples[HOSTED], samples[REFUSED]) == (SCANS, REFUSALS)
