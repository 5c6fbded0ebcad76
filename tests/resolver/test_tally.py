import pytest

from resolver.tally import LATENCY_BOUNDS_S, Tally
from tests.factories import GTIN, make_catalogue, make_rule
from tests.resolver.edge_client import PROXY, EdgeClient

PATH = f"/01/{GTIN}"
CATALOGUE = make_catalogue(make_rule())


class TestRequests:
    def test_each_counts_wherever_it_goes(self) -> None:
        edge = EdgeClient(CATALOGUE)
        for path in (PATH, PATH, "/01/1", "/somewhere"):
            edge.get(path)
        assert edge.edge.tally.requests == 4

    @pytest.mark.parametrize("proxies", ["", PROXY])
    def test_those_answered_by_a_kept_answer_count_behind_a_proxy_too(self, proxies: str) -> None:
        edge = EdgeClient(CATALOGUE, trusted_proxies=proxies)
        for _ in range(3):
            edge.get(PATH, host="id.example.org")
        assert edge.edge.tally.kept == 2


class TestStatuses:
    def test_what_was_no_scan_counts_by_status(self) -> None:
        edge = EdgeClient(CATALOGUE)
        edge.get(PATH)
        edge.request("HEAD", PATH)
        edge.get("/01/1")
        assert edge.edge.tally.statuses == {307: 1, 400: 1}

    @pytest.mark.parametrize("proxies", ["", PROXY])
    def test_so_do_kept_answers(self, proxies: str) -> None:
        edge = EdgeClient(CATALOGUE, trusted_proxies=proxies)
        for _ in range(3):
            edge.get(f"{PATH}?linkType=gs1:tutorial", host="id.example.org")
        assert (edge.edge.tally.statuses, edge.edge.tally.kept) == ({404: 3}, 2)


class TestLatencies:
    def test_a_measured_request_falls_into_one_bucket(self) -> None:
        tally = Tally()
        for seconds in (0.0, LATENCY_BOUNDS_S[0], LATENCY_BOUNDS_S[1], 60.0):
            tally.note_latency(seconds)
        assert (tally.latencies[0], tally.latencies[1], tally.latencies[-1]) == (2, 1, 1)
        assert sum(tally.latencies) == 4

    def test_one_request_in_sixteen_is_measured(self) -> None:
        edge = EdgeClient(CATALOGUE)
        for _ in range(32):
            edge.get(PATH)
        assert sum(edge.edge.tally.latencies) == 2
