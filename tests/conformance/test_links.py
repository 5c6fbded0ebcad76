"""What is registered: default links, their levels, and which of them answer."""

from itertools import chain

import pytest

from rules_compiler.gs1 import levels
from rules_compiler.model import Rule
from tests.conformance.example import (
    DEFAULT,
    DEFAULT_MULTI,
    GTIN,
    LINKSET,
    LOT7,
    LOT_PATH,
    OAT,
    PATH,
    PIP,
    RECALL,
    S42,
    SERIAL_PATH,
    make_example,
    make_product,
    make_product_rule,
)
from tests.factories import brand_key, lot_key, make_rule, organization_key
from tests.resolver.edge_client import ROOT, EdgeClient

RULE_SETS: list[tuple[Rule, ...]] = [
    (),
    (make_product_rule("a"),),
    (make_product_rule("a"), make_product_rule("b", order_index=1)),
    (make_product_rule("a", link_type="gs1:pip"), make_product_rule("b", order_index=1, link_type="gs1:pip")),
    (make_product_rule("a", link_type="gs1:faqs"),),
    (make_product_rule("a", languages=("de",)), make_product_rule("b", order_index=1, languages=("en",))),
    (make_product_rule("a", is_dead=True),),
    (make_rule("brand", slice_key=brand_key()),),
    (make_rule("org", slice_key=organization_key(), link_type="gs1:support"),),
    (make_rule("lot", slice_key=lot_key("LOT7", GTIN), link_type="gs1:safetyInfo"),),
    (make_product_rule("ca", location_countries=("CA",)), make_product_rule("all", order_index=1)),
]


def read_levels(edge: EdgeClient, path: str) -> dict[str, dict[str, list[dict[str, object]]]]:
    """Return the members of a linkset by the paths of their anchors."""
    members = edge.get(path, accept=LINKSET).json()["linkset"]
    return {member.pop("anchor").removeprefix(ROOT): member for member in members}


@pytest.mark.parametrize("rules", RULE_SETS)
@pytest.mark.parametrize("path", [PATH, LOT_PATH])
def test_r20_each_anchor_has_one_default_link(rules: tuple[Rule, ...], path: str) -> None:
    """Every entity has exactly one default link, with `href` and `title` and nothing else.

    SHALL, 2.5.8. Where no rule gives one, it is that of the next wider scope, at last the hosted page.
    """
    for member in read_levels(EdgeClient(make_product(*rules)), path).values():
        assert [set(link) for link in member[DEFAULT]] == [{"href", "title"}]


@pytest.mark.parametrize("rules", RULE_SETS)
def test_r21_a_default_target_has_a_descriptive_type_too(rules: tuple[Rule, ...]) -> None:
    """The target of a default link is listed under a type that says what it is.

    SHALL, 2.5.8. That is the type of a rule with the same target, else the descriptive default type.
    """
    for member in read_levels(EdgeClient(make_product(*rules)), PATH).values():
        described = {name: links for name, links in member.items() if name.startswith("https://")}
        defaults = [*described.pop(DEFAULT), *described.pop(DEFAULT_MULTI, [])]
        hrefs = {link["href"] for link in chain(*described.values())}
        assert {link["href"] for link in defaults} <= hrefs


def test_r22_alternative_defaults_are_told_apart() -> None:
    """Alternative default links are told apart by language, media type or context.

    MAY, 2.5.8. They are the rules with preferences before the first without.
    """
    rules = (
        make_product_rule("de", languages=("de",)),
        make_product_rule("pdf", order_index=1, media_type="application/pdf"),
        make_product_rule("ca", order_index=2, contexts=("CA",)),
        make_product_rule("all", order_index=3),
        make_product_rule("never", order_index=4, languages=("fr",)),
    )
    member = read_levels(EdgeClient(make_product(*rules)), PATH)[PATH]
    (default,) = member[DEFAULT]
    assert default["href"] == "https://example.com/all"
    told_apart = {link["href"]: {*link} & {"hreflang", "type", "context"} for link in member[DEFAULT_MULTI]}
    assert told_apart == {
        "https://example.com/de": {"hreflang"},
        "https://example.com/pdf": {"type"},
        "https://example.com/ca": {"context"},
    }


LINK_TYPES = (None, "gs1:recallStatus", "gs1:safetyInfo", "gs1:pip")


@pytest.mark.parametrize(
    ("path", "targets", "anchors"),
    [
        (PATH, (OAT, RECALL, None, OAT), [PATH]),
        (LOT_PATH, (LOT7, RECALL, LOT7, OAT), [LOT_PATH, PATH]),
        (f"{PATH}/10/LOT9", (OAT, RECALL, None, OAT), [PATH]),
        (f"{LOT_PATH}/21/S-42", (S42, RECALL, LOT7, S42), [SERIAL_PATH, LOT_PATH, PATH]),
        (f"{LOT_PATH}/21/S-43", (LOT7, RECALL, LOT7, OAT), [f"{PATH}/21/S-43", LOT_PATH, PATH]),
        (f"{PATH}/22/2A/10/LOT7", (LOT7, RECALL, LOT7, OAT), [LOT_PATH, PATH]),
        (f"{PATH}/10/lot7", (OAT, RECALL, None, OAT), [PATH]),
        (f"{PATH}/235/TP1", (OAT, RECALL, None, OAT), [PATH]),
        (f"{PATH}?3103=000750&17=270131", (OAT, RECALL, None, OAT), [PATH]),
    ],
)
def test_r23_the_narrowest_level_with_a_link_answers(
    edge: EdgeClient, path: str, targets: tuple[str | None, ...], anchors: list[str]
) -> None:
    """A default link exists at the level of the entry or above; the narrowest level with the link wins.

    SHALL, 2.5.9 and 2.5.10. Each level keeps its own anchor in the linkset. Values are compared
    literally, and data attributes select no level.
    """
    joint = "&" if "?" in path else "?"

    def follow(link_type: str | None) -> str | None:
        location = edge.get(path if link_type is None else f"{path}{joint}linkType={link_type}").location
        return location and location.partition("?")[0]

    assert tuple(map(follow, LINK_TYPES)) == targets
    assert list(read_levels(edge, path)) == anchors


def test_r23_a_level_without_default_has_that_of_the_level_above() -> None:
    """A level with links but without a default link has the default link of the level above.

    SHALL, 2.5.9 and 2.5.10.
    """
    lot = make_rule("lot9", slice_key=lot_key("LOT9", GTIN), link_type="gs1:safetyInfo")
    edge = EdgeClient(make_example(lot))
    path = f"{PATH}/10/LOT9"
    assert edge.get(path).location == OAT
    assert read_levels(edge, path)[path][DEFAULT] == [{"href": OAT, "title": "Oat drink"}]
    assert OAT in [link["href"] for link in read_levels(edge, path)[path][PIP]]


@pytest.mark.parametrize("key", [("01", GTIN), ("8006", f"{GTIN}0103")])
def test_r24_a_serial_is_a_level_by_itself(key: tuple[str, str]) -> None:
    """A level with 21 carries neither 22 nor 10, and one with 235 no other qualifier.

    SHALL, 2.5.9. Whatever a request carries, it is looked up on such levels only.
    """
    found = levels((key, ("22", "2A"), ("10", "LOT7"), ("21", "S-42")))
    assert [[ai for ai, _ in level[1:]] for level in found] == [["21"], ["22", "10"], ["10"], ["22"], []]


def test_r24_a_third_party_serial_is_a_level_by_itself() -> None:
    """A level with 235 is that of the GTIN and 235.

    SHALL, 2.5.9.
    """
    found = levels((("01", GTIN), ("235", "TP1")))
    assert [[ai for ai, _ in level] for level in found] == [["01", "235"], ["01"]]
