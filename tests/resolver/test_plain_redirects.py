"""Who asks for an item and nothing else is told at once what judging would have told at length."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolver.resolve import Resolver
from rules_compiler.model import Catalogue, Query, ScopeType
from tests.factories import (
    brand_key,
    item_key,
    lot_key,
    make_catalogue,
    make_organization,
    make_rule,
)
from tests.resolver.edge_client import EdgeClient, Reply
from tests.resolver.test_kept_answers import AT_LENGTH, to_request
from tests.rules_compiler.strategies import anything, crowds, negotiations, queries

PATH = f"/{item_key()}"
PAGE = "text/html,*/*;q=0.8"
NOT_PLAIN = {"link_type": None, "context": None, "expiry": None, "country": None, "regions": (), "cities": ()}

plain_queries = st.builds(lambda query: query._replace(**NOT_PLAIN), queries)


@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    catalogue=st.one_of(anything, negotiations, crowds), asked=st.lists(plain_queries, min_size=1, max_size=4)
)
def test_what_is_told_at_once_is_what_judging_tells(catalogue: Catalogue, asked: list[Query]) -> None:
    edge = EdgeClient(catalogue)
    for query in asked:
        edge.now = query.at
        target, headers = to_request(query)
        assert scanned(edge, target, **headers) == scanned(edge, target, **headers, **AT_LENGTH)


def scanned(edge: EdgeClient, target: str, **headers: str) -> tuple[Reply, list[Any]]:
    edge.sightings.clear()
    return edge.get(target, **headers), [*edge.sightings]


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Note the paths of the requests that are answered at length."""
    paths: list[bytes] = []
    answer = Resolver.answer

    def note(self: Resolver, request: Any, *rest: Any) -> Any:
        paths.append(request.raw_path)
        return answer(self, request, *rest)

    monkeypatch.setattr(Resolver, "answer", note)
    return paths


class TestAtOnce:
    @pytest.mark.parametrize(
        ("rules", "target", "location"),
        [
            ([make_rule(custom_url="https://example.com/p")], PATH, "https://example.com/p"),
            ([make_rule(custom_url="https://example.com/p")], f"/{lot_key('X')}", "https://example.com/p"),
            (
                [make_rule(custom_url="https://example.com/{gtin}")],
                PATH,
                "https://example.com/09506000134352",
            ),
            (
                [
                    make_rule("en", custom_url="https://example.com/en", languages=("en",)),
                    make_rule("fr", custom_url="https://example.com/fr", languages=("fr",), order_index=1),
                    make_rule("all", order_index=2),
                ],
                PATH,
                "https://example.com/fr",
            ),
            (
                [make_rule(custom_url="https://example.com/d", link_type="gs1:pip")],
                PATH,
                "https://example.com/d",
            ),
            (
                [make_rule(slice_key=lot_key("L1"), custom_url="https://example.com/{lot}")],
                f"/{lot_key('L1')}",
                "https://example.com/L1",
            ),
            (
                [
                    make_rule(
                        slice_key=brand_key(), scope_type=ScopeType.BRAND, custom_url="https://example.com/b"
                    )
                ],
                PATH,
                "https://example.com/b",
            ),
            (
                [
                    make_rule("noon", time_of_day_start="12:00:00", time_of_day_end="13:00:00"),
                    make_rule("later", custom_url="https://example.com/later", order_index=1),
                ],
                PATH,
                "https://example.com/noon",
            ),
            ([], PATH, f"https://id.example.org/p{PATH}"),
        ],
    )
    def test_by_default(self, judged: list[bytes], rules: list[Any], target: str, location: str) -> None:
        edge = EdgeClient(make_catalogue(*rules))
        reply = edge.get(target, accept=PAGE, accept_language="fr-CA, en;q=0.5")
        assert (reply.status, reply.location, judged) == (307, location, [])

    def test_an_organization_with_a_descriptive_type_of_its_own_is_judged(self, judged: list[bytes]) -> None:
        organization = make_organization(default_link_type="gs1:instructions")
        rules = [
            make_rule("pip", link_type="gs1:pip"),
            make_rule(
                "how", link_type="gs1:instructions", order_index=1, custom_url="https://example.com/how"
            ),
        ]
        edge = EdgeClient(make_catalogue(*rules, organizations=(organization,)))
        assert edge.get(PATH, accept=PAGE).location == rules[1].custom_url
        assert judged
