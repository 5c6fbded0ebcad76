"""Every primary key with its qualifiers, and the levels that answer for them."""

import pytest

from rules_compiler.gs1 import levels, parse_path, slice_key
from tests.conformance.example import GLN, GTIN, LINKSET, SSCC
from tests.factories import make_catalogue, make_item, make_rule
from tests.resolver.edge_client import ROOT, EdgeClient

NARROWEST_PATHS = [
    f"/01/{GTIN}/22/2A/10/LOT7/21/S-42",
    f"/01/{GTIN}/235/TP1",
    f"/8006/{GTIN}0103/22/2A/10/LOT7/21/X",
    "/8010/9520000100PART-7/8011/41",
    "/8013/9520000100MODEL1NL",
    f"/414/{GLN}/254/DOCK-4",
    f"/414/{GLN}/7040/1ABC",
    f"/415/{GLN}/8020/INV77",
    f"/417/{GLN}/7040/1ABC",
    "/8017/952000010000000421/8019/3",
    "/8018/952000010000000421/8019/3",
    f"/255/{GLN}0001",
    f"/00/{SSCC}",
    f"/253/{GLN}DOC1",
    "/401/9520000100GINC",
    "/402/95200001000000124",
    "/8003/09520000100773BOX1",
    "/8004/9520000100PALLET-1/7040/1ABC",
]
"""One identifier for each key and each of its sequences of qualifiers, with all of them."""

LEVELS = [
    (path, slice_key(level), slice_key(found[-1]))
    for path in NARROWEST_PATHS
    for found in [levels(parse_path(path.encode()).ais)]
    for level in found
]
"""Each such path with the slice key of each of its levels and that of its primary key."""


@pytest.mark.parametrize(("path", "level", "root"), LEVELS)
def test_r5_every_qualifier_is_a_level(path: str, level: str, root: str) -> None:
    """Every qualifier of a primary key is supported: a link of any level answers the full identifier.

    SHALL, 2.1 and 2.5.9.
    """
    rule = make_rule("level", slice_key=level)
    edge = EdgeClient(make_catalogue(rule, items=(make_item(key=root),)))
    reply = edge.get(path)
    assert (reply.status, reply.location) == (307, "https://example.com/level")
    assert edge.get(path, accept=LINKSET).json()["linkset"][0]["anchor"] == f"{ROOT}/{level}"


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
    assert [member["anchor"] for member in linkset] == [f"{ROOT}/{key}" for key in wider]
