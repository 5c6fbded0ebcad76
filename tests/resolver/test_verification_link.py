"""A serial leads to its verification: by its link type, and in each list of its links."""

import pytest

from resolver.verification import VERIFY_PATH
from tests.factories import (
    GTIN,
    make_brand,
    make_catalogue,
    make_host,
    make_instance,
    make_item,
    make_rule,
    serial_key,
)
from tests.resolver.edge_client import ROOT, EdgeClient


class TestRedirect:
    """`linkType=gs1:verificationService` leads here, before any rule, for every serial alike."""

    LINK_TYPE = "linkType=gs1:verificationService"
    LOCATION = f"https://id.example.org{VERIFY_PATH}/01/{GTIN}/21/1234"

    @pytest.fixture
    def edge(self) -> EdgeClient:
        rules = [
            make_rule("serial", slice_key=serial_key("1234")),
            make_rule("verify", link_type="gs1:verificationService"),
        ]
        return EdgeClient(make_catalogue(*rules))

    @pytest.mark.parametrize("accept", ["text/html", "*/*", "application/json"])
    def test_a_serial_is_sent_to_its_verification(self, edge: EdgeClient, accept: str) -> None:
        reply = edge.get(f"/01/{GTIN}/10/ABC/21/1234?{self.LINK_TYPE}", accept=accept)
        assert (reply.status, reply.location) == (307, f"{self.LOCATION}?{self.LINK_TYPE}")
        assert [scan.outcome for scan in edge.scans] == ["verification"]

    def test_a_serial_that_nobody_knows_is_sent_in_the_same_way(self, edge: EdgeClient) -> None:
        known, unknown = (edge.get(f"/01/{GTIN}/21/{serial}?{self.LINK_TYPE}") for serial in ("1234", "9999"))
        assert known.location == (unknown.location or "").replace("9999", "1234")
        assert [name for name, _ in known.raw_headers] == [name for name, _ in unknown.raw_headers]

    def test_the_contract_redirects_without_the_query(self) -> None:
        edge = EdgeClient(make_catalogue(), resolution_profile="contract")
        reply = edge.get(f"/01/{GTIN}/21/1234?{self.LINK_TYPE}")
        assert (reply.status, reply.location) == (302, self.LOCATION)

    def test_the_api_is_at_the_root_of_the_host(self) -> None:
        edge = EdgeClient(make_catalogue(), base_url="https://id.example.org/shop")
        reply = edge.get(f"/shop/01/{GTIN}/21/1234?{self.LINK_TYPE}")
        assert reply.location == f"{self.LOCATION}?{self.LINK_TYPE}"

    def test_without_a_serial_a_rule_answers(self, edge: EdgeClient) -> None:
        reply = edge.get(f"/01/{GTIN}?{self.LINK_TYPE}")
        assert reply.location == f"https://example.com/verify?{self.LINK_TYPE}"

    def test_a_linkset_is_still_a_linkset(self, edge: EdgeClient) -> None:
        reply = edge.get(f"/01/{GTIN}/21/1234?{self.LINK_TYPE}", accept="application/linkset+json")
        assert reply.status == 200


class TestLinkset:
    """Every serial of a product has the link to its verification, and nothing else shows it."""

    RELATION = "https://ref.gs1.org/voc/verificationService"
    LINKSET = "application/linkset+json"

    @pytest.fixture
    def edge(self) -> EdgeClient:
        own = make_rule("verify", link_type="gs1:verificationService", title="Our own")
        known = make_instance(key=serial_key("KNOWN"))
        return EdgeClient(make_catalogue(own, instances=(known,)))

    def read(self, edge: EdgeClient, path: str) -> dict[str, list[str]]:
        """Return where the linkset of *path* leads to be verified, by anchor."""
        members = edge.get(path, accept=self.LINKSET).json()["linkset"]
        return {
            member["anchor"].removeprefix(ROOT): [link["href"] for link in member.get(self.RELATION, ())]
            for member in members
        }

    @pytest.mark.parametrize("lot", ["", "/10/ABC", "/22/2A/10/ABC"])
    @pytest.mark.parametrize("serial", ["KNOWN", "OTHER", "A%2FB"])
    def test_a_serial_leads_to_the_verification_of_this_service(
        self, edge: EdgeClient, lot: str, serial: str
    ) -> None:
        anchor = f"/01/{GTIN}/21/{serial}"
        assert self.read(edge, f"/01/{GTIN}{lot}/21/{serial}") == {
            anchor: [f"{ROOT}{VERIFY_PATH}{anchor}"],
            f"/01/{GTIN}": ["https://example.com/verify"],
        }

    def test_the_link_leads_where_its_type_does(self, edge: EdgeClient) -> None:
        path = f"/01/{GTIN}/21/1234"
        location = edge.get(f"{path}?linkType=gs1:verificationService").location or ""
        assert self.read(edge, path)[path] == [location.partition("?")[0]]

    def test_it_is_json_and_says_what_it_is(self, edge: EdgeClient) -> None:
        member, _ = edge.get(f"/01/{GTIN}/21/1234", accept=self.LINKSET).json()["linkset"]
        (link,) = member[self.RELATION]
        assert (link["title"], link["type"]) == ("Verification", "application/json")

    @pytest.mark.parametrize("path", [f"/01/{GTIN}", f"/01/{GTIN}/10/ABC", f"/01/{GTIN}/235/T"])
    def test_nothing_but_a_serial_has_it(self, edge: EdgeClient, path: str) -> None:
        assert self.read(edge, path) == {f"/01/{GTIN}": ["https://example.com/verify"]}

    def test_the_serial_of_a_piece_cannot_be_verified(self) -> None:
        piece = f"8006/{GTIN}0102"
        edge = EdgeClient(make_catalogue(items=(make_item(key=piece),)))
        assert self.read(edge, f"/{piece}/21/1234") == {f"/{piece}": []}

    @pytest.mark.parametrize(
        ("query", "accept"),
        [
            ("", LINKSET),
            ("", "application/ld+json"),
            ("", "application/json"),
            ("?linkType=linkset", "text/html"),
            ("?linkType=gs1:faqs", "*/*"),
            ("?linkType=gs1:faqs", "text/html"),
        ],
    )
    def test_a_serial_that_nobody_knows_has_it_alike(self, edge: EdgeClient, query: str, accept: str) -> None:
        known, unknown = (
            edge.get(f"/01/{GTIN}/21/{serial}{query}", accept=accept) for serial in ("KNOWN", "OTHER")
        )
        assert f"{VERIFY_PATH}/01/{GTIN}/21/KNOWN".encode() in known.body
        assert (known.status, known.body) == (unknown.status, unknown.body.replace(b"OTHER", b"KNOWN"))
        assert [name for name, _ in known.raw_headers] == [name for name, _ in unknown.raw_headers]

    def test_an_item_of_nobody_has_it_as_well(self) -> None:
        edge = EdgeClient(make_catalogue(brands=(make_brand(organization_id=None),)))
        assert list(self.read(edge, f"/01/{GTIN}/21/1234")) == [f"/01/{GTIN}/21/1234", f"/01/{GTIN}"]

    def test_the_root_of_a_bound_host_leads_to_the_service(self) -> None:
        edge = EdgeClient(make_catalogue(hosts=(make_host(),)))
        member, _ = edge.get(f"/01/{GTIN}/21/1234", accept=self.LINKSET, host="id.meadow.example").json()[
            "linkset"
        ]
        assert member["anchor"] == f"https://id.meadow.example/01/{GTIN}/21/1234"
        assert member[self.RELATION][0]["href"] == f"{ROOT}{VERIFY_PATH}/01/{GTIN}/21/1234"

    def test_a_choice_shows_its_candidates_alone(self) -> None:
        pages = [
            make_rule(name, order_index=at, link_type="gs1:faqs", languages=(name,))
            for at, name in enumerate(("de", "fr"))
        ]
        reply = EdgeClient(make_catalogue(*pages)).get(f"/01/{GTIN}/21/1234?linkType=gs1:faqs")
        assert (reply.status, VERIFY_PATH.encode() in reply.body) == (300, False)

    def test_the_hosted_page_warns_by_itself(self, edge: EdgeClient) -> None:
        assert VERIFY_PATH.encode() not in edge.get(f"/p/01/{GTIN}/21/1234").body
