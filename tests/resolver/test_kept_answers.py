"""An answer that is sent again is the one that would be made now: nobody can tell that it was kept."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver.kept_answers import KEPT_BYTES
from rules_compiler.announcement import Announcement
from rules_compiler.compiler import compile_catalogue
from rules_compiler.gs1 import check_digit, slice_key
from rules_compiler.model import Catalogue, Query
from tests.case_requests import HEADER_SETTINGS
from tests.factories import (
    NOON,
    OTHER_GTIN,
    item_key,
    lot_key,
    make_brand,
    make_catalogue,
    make_host,
    make_item,
    make_rule,
    serial_key,
)
from tests.resolver.edge_client import PROXY, EdgeClient, Reply
from tests.rules_compiler.strategies import anything, crowds, negotiations, queries

PATH = f"/{item_key()}"
PAGE = "text/html,*/*;q=0.8"
# Who asks for what nobody knows how to tell is answered as if there were no shorter way.
AT_LENGTH = {"signpost_debug": "everything"}


def kept(edge: EdgeClient) -> int:
    """Return how many requests were answered by a kept answer."""
    return edge.edge.tally.kept


def become(edge: EdgeClient, catalogue: Catalogue) -> None:
    """Let *edge* hear of all that makes its table that of *catalogue*."""
    before, after = edge.holder.table.packed, compile_catalogue(catalogue).packed  # type: ignore[attr-defined]
    changes: dict[str, bytes | None] = {key: None for key in before if key not in after}
    changes |= {key: packed for key, packed in after.items() if before.get(key) != packed}
    assert edge.holder.adopt(Announcement(edge.holder.number + 1, changes))


def to_request(query: Query) -> tuple[str, dict[str, str]]:
    """Return target and headers of *query*, as a trusted proxy sends it on."""
    asked = {"linkType": query.link_type, "context": query.context, "17": query.expiry}
    parameters = "&".join(f"{name}={quote(value, safe=':')}" for name, value in asked.items() if value)
    headers = {
        "accept": ", ".join(f"{name};q={quality}" for name, quality in query.accept),
        "accept_language": ", ".join(query.languages),
        "x_country": query.country or "",
        "x_region": query.regions[0] if query.regions else "",
        "x_city": query.cities[0] if query.cities else "",
        "x_forwarded_for": query.network.partition("/")[0],
    }
    target = f"/{slice_key(query.ais)}" + (f"?{parameters}" if parameters else "")
    return target, {name: value for name, value in headers.items() if value}


several = st.lists(st.lists(queries, min_size=1, max_size=4), min_size=1, max_size=3)
rule_sets = st.lists(st.one_of(anything, negotiations, crowds), min_size=1, max_size=2)


@settings(
    deadline=None,
    max_examples=2 * settings().max_examples,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(catalogues=rule_sets, rounds=several, is_behind_proxy=st.booleans())
def test_an_edge_that_has_answered_before_answers_like_one_that_has_not(
    catalogues: Sequence[Catalogue], rounds: Sequence[Sequence[Query]], is_behind_proxy: bool
) -> None:
    options = {"trusted_proxies": PROXY, **HEADER_SETTINGS} if is_behind_proxy else {}
    edge = EdgeClient(catalogues[0], **options)
    for catalogue in (*catalogues, catalogues[0]):
        become(edge, catalogue)
        # Every request twice, and in between those of others.
        for asked in [*rounds, *rounds]:
            for query in asked:
                assert ask(edge, query) == ask(EdgeClient(catalogue, **options), query, AT_LENGTH)


def ask(
    edge: EdgeClient, query: Query, more: Mapping[str, str] = MappingProxyType({})
) -> tuple[Reply, list[Any]]:
    """Return the answer, and what was noted of the scan."""
    target, headers = to_request(query)
    edge.now = query.at
    edge.sightings.clear()
    return edge.get(target, **headers, **more), [*edge.sightings]


class TestKept:
    @pytest.mark.parametrize(
        ("target", "accept"),
        [
            (PATH, PAGE),
            (PATH, "*/*"),
            (PATH, "application/json"),
            (PATH, "application/linkset+json"),
            (f"/{lot_key()}", PAGE),
            (f"{PATH}?linkType=gs1:pip", PAGE),
            (f"{PATH}?linkType=gs1:faqs", PAGE),
            (f"{PATH}?linkType=linkset", "*/*"),
            (f"{PATH}?context=CA", PAGE),
        ],
    )
    def test_what_is_asked_for_in_the_usual_way_is_kept(self, target: str, accept: str) -> None:
        edge = EdgeClient(make_catalogue(make_rule(), make_rule("lot", slice_key=lot_key())))
        first, second = (edge.get(target, accept=accept) for _ in range(2))
        assert (kept(edge), first) == (1, second)

    @pytest.mark.parametrize(
        ("target", "headers"),
        [
            (f"/{serial_key('unknown')}", {}),
            (f"/{lot_key('unknown')}", {}),
            (f"{PATH}?utm_source=pack", {}),
            (f"{PATH}?linkType=gs1:nonsense", {}),
            (f"{PATH}?context=anything", {}),
            (f"{PATH}?17=270131", {}),
            ("/01/9506000134352", {}),
            (f"/01/{OTHER_GTIN}", {}),
            (PATH, {"if_none_match": '"x"'}),
            (PATH, {"signpost_debug": "table"}),
        ],
    )
    def test_what_is_endless_or_conditional_is_not(self, target: str, headers: dict[str, str]) -> None:
        edge = EdgeClient(make_catalogue(make_rule(), make_rule("lot", slice_key=lot_key("other"))))
        for _ in range(2):
            edge.get(target, accept=PAGE, **headers)
        assert kept(edge) == 0

    def test_an_unknown_serial_that_a_wildcard_governs_is_not(self) -> None:
        edge = EdgeClient(make_catalogue(make_rule(slice_key=f"{item_key()}/21/*")))
        for _ in range(2):
            assert edge.get(f"/{serial_key()}").status == 307
        assert kept(edge) == 0

    def test_a_head_request_gets_no_body_of_a_kept_answer(self) -> None:
        edge = EdgeClient(make_catalogue(make_rule()))
        edge.get(PATH, accept="application/json")
        assert edge.request("HEAD", PATH, accept="application/json").body == b""

    def test_callers_who_are_alike_in_what_counts_share_an_answer(self) -> None:
        edge = EdgeClient(make_catalogue(make_rule("fr", languages=("fr",)), make_rule(order_index=1)))
        edge.get(PATH, accept=PAGE, accept_language="fr-CA, en;q=0.5")
        edge.get(PATH, accept=PAGE, accept_language="fr-CA, de;q=0.5")
        assert kept(edge) == 1

    def test_a_kept_answer_counts_as_a_scan_each_time(self) -> None:
        edge = EdgeClient(make_catalogue(make_rule()))
        for _ in range(3):
            edge.get(PATH, user_agent="Mozilla/5.0 (iPhone) Mobile")
        assert [(scan.rule_id, scan.device) for scan in edge.scans] == [("rule", "mobile")] * 3

    def test_names_that_nobody_has_bound_share_the_answers_of_the_default_host(self) -> None:
        edge = EdgeClient(make_catalogue(make_rule()))
        for number in range(1_000):
            assert edge.get(PATH, host=f"name{number}.example").status == 307
        edge.get(PATH, host="name0.example")
        edge.get(PATH, host="name0.example")
        assert (kept(edge), edge.edge._kept.size_bytes < 1_000) == (1_001, True)

    def test_what_is_kept_has_a_bound(self) -> None:
        digits = [f"{number:013d}" for number in range(4_000)]
        keys = [item_key(text + check_digit(text)) for text in digits]
        edge = EdgeClient(make_catalogue(items=tuple(make_item(key=key) for key in keys)))
        for key in keys:
            for accept in ("application/json", "application/linkset+json", "application/ld+json"):
                edge.get(f"/{key}", accept=accept)
        assert KEPT_BYTES / 4 < edge.edge._kept.size_bytes <= KEPT_BYTES


class TestEnd:
    @pytest.mark.parametrize(
        "catalogue",
        [
            make_catalogue(make_rule(custom_url="https://example.com/new")),
            make_catalogue(),
            make_catalogue(make_rule(), items=(make_item(is_resolvable=False),)),
            make_catalogue(make_rule(), items=()),
            make_catalogue(make_rule(), brands=(make_brand(organization_id=None),)),
            make_catalogue(make_rule(), organizations=()),
            make_catalogue(make_rule(), make_rule("serial", slice_key=serial_key())),
        ],
        ids=["target", "rule gone", "switched off", "item gone", "no owner", "no organization", "serial"],
    )
    def test_a_change_of_whatever_it_was_made_from_ends_it(self, catalogue: Catalogue) -> None:
        edge = EdgeClient(make_catalogue(make_rule()))
        for target in (PATH, f"/{serial_key()}"):
            edge.get(target)
        become(edge, catalogue)
        for target in (PATH, f"/{serial_key()}"):
            assert edge.get(target) == EdgeClient(catalogue).get(target)

    def test_it_ends_when_a_window_opens(self) -> None:
        edge = EdgeClient(make_catalogue(make_rule(time_of_day_start="12:00:10", time_of_day_end="13:00:00")))
        locations = []
        for second in (0, 9, 10, 11, 9):
            edge.now = NOON + second
            locations.append(edge.get(PATH).location)
        assert [location == "https://example.com/rule" for location in locations] == [
            False,
            False,
            True,
            True,
            False,
        ]

    def test_a_linkset_promises_no_more_than_the_time_that_is_left(self) -> None:
        rule = make_rule(time_of_day_start="12:02:00", time_of_day_end="13:00:00")
        edge = EdgeClient(make_catalogue(rule))
        ages = []
        for second in (0, 59, 61, 90):
            edge.now = NOON + second
            ages.append(edge.get(f"{PATH}?linkType=linkset").headers["cache-control"])
        assert ages == [f"public, max-age={age}" for age in (60, 60, 59, 30)]

    def test_a_host_that_changes_hands_answers_for_nobody_but_its_new_owner(self) -> None:
        bound = make_catalogue(make_rule(), hosts=(make_host(name="id.oats.example"),))
        lost = make_catalogue(
            make_rule(), hosts=(make_host(name="id.oats.example", organization_id="rival"),)
        )
        edge = EdgeClient(bound)
        for _ in range(2):
            assert edge.get(PATH, host="id.oats.example").status == 307
        become(edge, lost)
        assert edge.get(PATH, host="id.oats.example").status == 404
        become(edge, bound)
        assert edge.get(PATH, host="id.oats.example").status == 307

    def test_answers_of_one_host_are_not_those_of_another(self) -> None:
        edge = EdgeClient(make_catalogue(make_rule(), hosts=(make_host(name="id.oats.example"),)))
        for _ in range(2):
            links = [edge.get(PATH, host=host).links for host in ("id.example.org", "id.oats.example")]
            assert links[0] != links[1]
