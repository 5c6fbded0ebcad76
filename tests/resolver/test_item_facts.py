"""What the edge says of an item is true of its brand now, however old the slice of the item is."""

from typing import Any

import pytest

from rules_compiler.announcement import Announcement
from rules_compiler.compiler import compile_slice
from tests.factories import BRAND_ID, GTIN, RIVAL_ID, brand_key, make_brand, make_catalogue, make_item
from tests.resolver.edge_client import EdgeClient

PATH = f"/01/{GTIN}"
FACTS = {
    "product_name": "Oat drink",
    "brand": "Oats",
    "owner_id": "meadow",
    "is_claimed": True,
    "claim_verification_status": "verified",
    "data_source": "claimed",
    "field_confidence": {"product_name": 0.4},
    "confidence_score": 0.4,
}


def make_edge(**brand: Any) -> EdgeClient:
    item = make_item(brand_id=BRAND_ID, owner_id="meadow", facts=FACTS)
    return EdgeClient(make_catalogue(items=(item,), brands=(make_brand(**brand),)))


def read(edge: EdgeClient) -> dict[str, Any]:
    body = edge.get(PATH, accept="application/json").json()
    return {name: body[name] for name in FACTS}


class TestReadFacts:
    def test_under_the_owner_whom_they_name_they_stay_as_they_are(self) -> None:
        assert read(make_edge()) == FACTS

    def test_a_brand_of_nobody_leaves_the_item_to_its_claimant(self) -> None:
        assert read(make_edge(organization_id=None)) == FACTS

    def test_the_brand_says_its_name(self) -> None:
        edge = make_edge(name="Golden Oats")
        assert read(edge)["brand"] == "Golden Oats"
        assert "Golden Oats" in edge.get(f"/p{PATH}").body.decode()

    def test_another_owner_of_the_brand_has_an_unverified_claim(self) -> None:
        assert read(make_edge(organization_id=RIVAL_ID)) == FACTS | {
            "owner_id": RIVAL_ID,
            "claim_verification_status": "unverified",
            "field_confidence": {"product_name": 1.0},
            "confidence_score": 1.0,
        }

    @pytest.mark.parametrize("item", [{"brand_id": None}, {"brand_id": "unknown"}])
    def test_an_item_without_a_known_brand_has_its_own_facts(self, item: dict[str, Any]) -> None:
        edge = EdgeClient(make_catalogue(items=(make_item(**item, owner_id="meadow", facts=FACTS),)))
        assert read(edge) == FACTS

    def test_no_answer_from_before_a_change_of_hands_is_given_again(self) -> None:
        edge = make_edge()
        assert [read(edge)["owner_id"] for _ in range(2)] == ["meadow", "meadow"]
        brand = make_brand(organization_id=RIVAL_ID, name="Nuts")
        packed = compile_slice(make_catalogue(brands=(brand,)), brand_key())
        assert edge.holder.adopt(Announcement(edge.holder.number + 1, {brand_key(): packed}))
        assert [(read(edge)["owner_id"], read(edge)["brand"]) for _ in range(2)] == [(RIVAL_ID, "Nuts")] * 2
