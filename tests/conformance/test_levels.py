"""Every primary key with its qualifiers, and the levels that answer for them."""

import pytest

from rules_compiler.gs1 import levels, parse_path, slice_key
from tests.conformance.example import (
    GTIN,
    LINKSET,
    NARROWEST_PATHS,
    PATH,
    make_product,
    make_product_rule,
)
from tests.factories import make_catalogue, make_item, make_rule
from tests.resolver.edge_client import ROOT, EdgeClient

LEVELS = [
    (path, slice_key(level), slice_key(found[-1]))
    for path in NARROWEST_PATHS
    for found in [levels(parse_path(path.encode()).ais)]
    for level in found
]
"""Each narrowest path with the slice key of each of its levels and that of its primary key."""


def anchors_of(path: str, *with_rules: str) -> list[str]:
    """Return the anchors of an identifier: the levels *with_rules*, and the serial of a GTIN always."""
    serial = [path.replace("/22/2A/10/LOT7", "")[1:]] if path.startswith("/01/") and "/21/" in path else []
    return [f"{ROOT}/{key}" for key in dict.fromkeys((*serial, *with_rules))]


@pytest.mark.parametrize(("path", "level", "root"), LEVELS)
def test_r5_every_qualifier_is_a_level(path: str, level: str, root: str) -> None:
    """Every qualifier of a primary key is supported: a link of any level answers the full identifier.

    SHALL, 2.1 and 2.5.9.
    """
    rule = make_rule("level", slice_key=level)
    edge = EdgeClient(make_catalogue(rule, items=(make_item(key=root),)))
    reply = edge.get(path)
    assert (reply.status, reply.location) == (307, "https://example.com/level")
    members = edge.get(path, accept=LINKSET).json()["linkset"]
    assert [member["anchor"] for member in members] == anchors_of(path, level, root)


@pytest.mark.parametrize(("path", "level", "root"), LEVELS)
def test_r23_each_key_is_walked_up_alike(path: str, level: str, root: str) -> None:
    """A link of a narrower level wins over those of all wider ones, for every primary key.

    SHALL, 2.5.9 and 2.5.10.
    """
    found = [slice_key(each) for each in levels(parse_path(path.encode()).ais)]
    wider = found[found.index(level) :]
    rules = [make_rule(f"level{number}", slice_key=key) for number, key in enumerate(wider)]
    edge = EdgeClient(make_catalogue(*rules, items=(make_item(key=root),)))
    assert edge.get(path).location == "https://example.com/level0"
    linkset = edge.get(path, accept=LINKSET).json()["linkset"]
    assert [member["anchor"] for member in linkset] == anchors_of(path, *wider)


@pytest.mark.parametrize("qualifier", ["21", "10", "22", "235"])
def test_r23_a_wildcard_stands_below_the_exact_value(qualifier: str) -> None:
    """A level that ends in a wildcard answers for every value that has no level of its own.

    Ours. It ranks directly below the exact value, whose anchor it shares.
    """
    exact = make_rule("exact", slice_key=f"01/{GTIN}/{qualifier}/A")
    every = make_rule("every", slice_key=f"01/{GTIN}/{qualifier}/*", link_type="gs1:pip")
    edge = EdgeClient(make_product(exact, every, make_product_rule("product")))
    assert edge.get(f"{PATH}/{qualifier}/A").location == "https://example.com/exact"
    assert edge.get(f"{PATH}/{qualifier}/B").location == "https://example.com/every"
    assert edge.get(PATH).location == "https://example.com/product"
    linkset = edge.get(f"{PATH}/{qualifier}/B", accept=LINKSET).json()["linkset"]
    assert [member["anchor"] for member in linkset] == [f"{ROOT}{PATH}/{qualifier}/B", f"{ROOT}{PATH}"]
