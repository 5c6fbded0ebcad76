"""Weights at the edge: by the network of the client, uncached, and all arms in the linkset."""

from collections.abc import Iterable

from rules_compiler.model import Rule
from tests.factories import GTIN, make_catalogue, make_rule
from tests.resolver.edge_client import PROXY, ROOT, EdgeClient

A, B = "https://example.com/a", "https://example.com/b"
VOCABULARY = "https://ref.gs1.org/voc"


def make_edge(*rules: Rule, **settings: str) -> EdgeClient:
    arms = rules or (make_rule("a", weight=1), make_rule("b", weight=3))
    return EdgeClient(make_catalogue(*arms), **settings)


def ask(edge: EdgeClient, clients: Iterable[str]) -> set[str | None]:
    return {edge.request("GET", f"/01/{GTIN}", client=client).location for client in clients}


class TestClient:
    def test_networks_are_shared_out(self) -> None:
        assert ask(make_edge(), (f"198.51.{number}.1" for number in range(50))) == {A, B}
        assert ask(make_edge(), (f"2001:db8:{number:x}::1" for number in range(50))) == {A, B}

    def test_one_network_gets_one_arm(self) -> None:
        edge = make_edge()
        assert len(ask(edge, (f"198.51.100.{number}" for number in range(50)))) == 1
        assert len(ask(edge, (f"2001:db8:1:{number:x}::1" for number in range(50)))) == 1

    def test_a_trusted_proxy_tells_the_client(self) -> None:
        edge = make_edge(trusted_proxies=PROXY)
        told = {
            edge.get(f"/01/{GTIN}", x_forwarded_for=f"198.51.{number}.1").location for number in range(50)
        }
        assert told == {A, B}

    def test_nobody_else_does(self) -> None:
        edge = make_edge()
        told = {
            edge.get(f"/01/{GTIN}", x_forwarded_for=f"198.51.{number}.1").location for number in range(50)
        }
        assert len(told) == 1


class TestAnswer:
    def test_it_is_never_cached(self) -> None:
        assert make_edge().get(f"/01/{GTIN}").headers["cache-control"] == "no-store"

    def test_the_linkset_lists_all_arms_and_the_heaviest_is_the_default(self) -> None:
        edge = make_edge(
            make_rule("a", weight=1), make_rule("b", weight=3), make_rule("behind", order_index=1)
        )
        (member,) = edge.get(f"/01/{GTIN}?linkType=linkset").json()["linkset"]
        assert member["anchor"] == f"{ROOT}/01/{GTIN}"
        assert [link["href"] for link in member[f"{VOCABULARY}/defaultLink"]] == [B]
        assert [link["href"] for link in member[f"{VOCABULARY}/pip"]] == [B, A]
