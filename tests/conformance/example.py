"""The registered links that most conformance tests ask about: a GTIN, one of its lots, one of its serials."""

from rules_compiler.model import Catalogue, Rule
from tests.factories import OTHER_GTIN, item_key, lot_key, make_catalogue, make_item, make_rule, serial_key

GTIN = OTHER_GTIN
GLN = "9520000100117"
SSCC = "395200001000000019"
UNKNOWN_GTIN = "09520000200015"

PATH = f"/01/{GTIN}"
LOT_PATH = f"{PATH}/10/LOT7"
SERIAL_PATH = f"{PATH}/21/S-42"

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

OAT = "https://brand.example.com/oat"
RECALL = "https://api.example.com/recall"
LOT7 = "https://brand.example.com/lot7"
S42 = "https://brand.example.com/s42"

DEFAULT = "https://ref.gs1.org/voc/defaultLink"
DEFAULT_MULTI = "https://ref.gs1.org/voc/defaultLinkMulti"
PIP = "https://ref.gs1.org/voc/pip"
LINKSET = "application/linkset+json"


def make_product_rule(rule_id: str, **fields: object) -> Rule:
    """Make a rule of the GTIN of this example."""
    return make_rule(rule_id, **({"slice_key": item_key(GTIN)} | fields))


def make_product(*rules: Rule) -> Catalogue:
    """Make a catalogue in which the GTIN of this example has these rules."""
    return make_catalogue(*rules, items=(make_item(key=item_key(GTIN)),))


def make_example(*more: Rule) -> Catalogue:
    """Make the example: the product with two links, the lot and the serial with their own."""
    lot = {"slice_key": lot_key("LOT7", GTIN), "custom_url": LOT7, "title": "About this lot"}
    serial = serial_key("S-42", GTIN)
    return make_product(
        make_product_rule("oat", custom_url=OAT, title="Oat drink"),
        make_product_rule(
            "recall",
            order_index=1,
            link_type="gs1:recallStatus",
            custom_url=RECALL,
            media_type="application/json",
        ),
        make_rule("lot", **lot),
        make_rule("lot-safety", order_index=1, link_type="gs1:safetyInfo", media_type="text/html", **lot),
        make_rule("serial", slice_key=serial, custom_url=S42, title="Yours"),
        *more,
    )
