"""The profile `contract`: the worked resolution of the platform's contract, and what differs from GS1's."""

from typing import Any

import pytest

from tests.factories import (
    brand_key,
    epoch,
    item_key,
    lot_key,
    make_catalogue,
    make_item,
    make_rule,
    organization_key,
    serial_key,
)
from tests.resolver.edge_client import ROOT, EdgeClient

GTIN = "00850012345671"
PATH = f"/01/{GTIN}"
HTML = "text/html"
WINTER, SUMMER = "2027-01-03T12:00:00Z", "2026-06-01T12:00:00Z"
CEDAR = "https://cedar.example"


def make_edge(*rules: Any, **fields: Any) -> EdgeClient:
    items = (make_item(key=item_key(GTIN), facts={"gtin": GTIN}),)
    return EdgeClient(make_catalogue(*rules, items=items, **fields), resolution_profile="contract")


def rule_of(key: str, name: str, **fields: Any) -> Any:
    return make_rule(name, slice_key=key, custom_url=f"{CEDAR}/{name}", **fields)


@pytest.fixture
def edge() -> EdgeClient:
    return make_edge(
        rule_of(serial_key("S-0042", GTIN), "vip", order_index=5),
        rule_of(lot_key("LOT7", GTIN), "recall", enabled=False),
        rule_of(item_key(GTIN), "holiday", annual_start_mmdd="12-01", annual_end_mmdd="01-05"),
        rule_of(item_key(GTIN), "ca", order_index=1, location_countries=("CA",), is_dead=True),
        rule_of(brand_key(), "warranty", link_type="gs1:warranty"),
        rule_of(organization_key(), "home"),
    )


class TestWorkedResolution:
    @pytest.mark.parametrize(
        ("target", "at", "name"),
        [
            (f"{PATH}/10/LOT7/21/S-0042", SUMMER, "vip"),
            ("/01/850012345671/10/LOT7", WINTER, "holiday"),
            (f"{PATH}?context=CA", SUMMER, "home"),
            (f"{PATH}?linkType=gs1:warranty", SUMMER, "warranty"),
            (f"{PATH}?linkType=gs1:warranty", WINTER, "holiday"),
            (f"{PATH}?linkType=gs1:recallStatus", SUMMER, "home"),
        ],
    )
    def test_a_page_is_asked_for(self, edge: EdgeClient, target: str, at: str, name: str) -> None:
        edge.now = epoch(at)
        reply = edge.get(target, accept=HTML)
        assert (reply.status, reply.location) == (302, f"{CEDAR}/{name}")

    @pytest.mark.parametrize("headers", [{}, {"accept": "*/*"}, {"accept": "application/json"}])
    def test_a_program_gets_json(self, edge: EdgeClient, headers: dict[str, str]) -> None:
        edge.now = epoch(SUMMER)
        reply = edge.get(PATH, **headers)
        assert reply.status == 200
        assert reply.json()["resolution"]["url"] == f"{CEDAR}/home"

    def test_refusals_are_the_same(self, edge: EdgeClient) -> None:
        assert edge.get("/01/00850012345672", accept=HTML).status == 400
        assert edge.get("/01/09506009999112", accept=HTML).status == 404


class TestWhatDiffers:
    def test_the_query_is_not_forwarded(self, edge: EdgeClient) -> None:
        assert edge.get(f"{PATH}?utm=1", accept=HTML).location == f"{CEDAR}/home"

    def test_json_stays_json_with_a_link_type(self, edge: EdgeClient) -> None:
        assert edge.get(f"{PATH}?linkType=gs1:warranty", accept="application/json").status == 200

    def test_the_linkset_is_there_for_all_who_ask(self, edge: EdgeClient) -> None:
        assert edge.get(f"{PATH}?linkType=linkset").headers["content-type"] == "application/linkset+json"

    @pytest.mark.parametrize(
        "path", ["/21/S-0042/10/LOT7", "/17/271231/21/S-0042", "/10/LOT7/17/271200/21/S-0042"]
    )
    def test_qualifiers_stand_in_any_order_and_dates_among_them(self, edge: EdgeClient, path: str) -> None:
        assert edge.get(PATH + path, accept=HTML).location == f"{CEDAR}/vip"

    def test_nothing_at_all_is_the_hosted_page(self) -> None:
        assert make_edge().get(f"{PATH}?linkType=gs1:faqs", accept=HTML).location == f"{ROOT}/p{PATH}"

    def test_other_keys_are_not_served(self) -> None:
        items = (make_item(key="8004/9520000100A", owner_id="meadow"),)
        edge = EdgeClient(make_catalogue(items=items), resolution_profile="contract")
        assert edge.get("/8004/9520000100A", accept=HTML).status == 404

    def test_a_preference_that_is_not_met_is_no_match(self) -> None:
        german = rule_of(item_key(GTIN), "de", languages=("de",))
        edge = make_edge(german, rule_of(organization_key(), "home"))
        assert edge.get(PATH, accept=HTML).location == f"{CEDAR}/home"
        assert edge.get(PATH, accept=HTML, accept_language="de-AT").location == f"{CEDAR}/de"
