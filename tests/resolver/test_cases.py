"""The cases of `tests/cases`, as the edge answers them over HTTP, with its clock set to each."""

import pytest

from tests.case_files import Case, read_cases, to_catalogue
from tests.case_requests import HEADER_SETTINGS, expected_answer, to_headers
from tests.factories import NOON, epoch
from tests.resolver.edge_client import PROXY, ROOT, EdgeClient


@pytest.mark.parametrize("case", read_cases())
def test_the_edge_answers_the_case(case: Case) -> None:
    edge = EdgeClient(to_catalogue(case), trusted_proxies=PROXY, **HEADER_SETTINGS)
    edge.now = epoch(case["at"]) if "at" in case else NOON

    reply = edge.get(case["request"], **to_headers(case))

    assert (reply.status, reply.location) == expected_answer(case, ROOT)
    if "rule" in case["want"]:
        assert [scan.rule_id for scan in edge.scans] == [case["want"]["rule"]]
    if "choices" in case["want"]:
        (member,) = reply.json()["linkset"]
        offered = [link["href"] for links in member.values() if isinstance(links, list) for link in links]
        targets = {rule["id"]: rule["to"] for rule in case["rules"]}
        assert offered == [targets[rule_id] for rule_id in case["want"]["choices"]]
