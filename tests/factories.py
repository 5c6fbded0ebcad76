"""Valid objects by default, so that a test states only what matters to it."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from rules_compiler.model import (
    Brand,
    Catalogue,
    EpochSeconds,
    Host,
    Instance,
    Item,
    Organization,
    Query,
    Rule,
    ScopeType,
    SliceKey,
)

GTIN = "09506000134352"
OTHER_GTIN = "09520000100018"
LOT = "ABC"
SERIAL = "1234"
ORGANIZATION_ID = "meadow"
RIVAL_ID = "rival"
BRAND_ID = "oats"


def epoch(moment: str) -> EpochSeconds:
    """Read `2026-03-01T00:00:00Z`."""
    return datetime.fromisoformat(moment).timestamp()


NOON = epoch("2026-06-10T12:00:00Z")
"""A Wednesday, in summer, at which nothing special happens."""


def item_key(gtin: str = GTIN) -> SliceKey:
    return f"01/{gtin}"


def lot_key(lot: str = LOT, gtin: str = GTIN) -> SliceKey:
    return f"01/{gtin}/10/{quote(lot, safe='')}"


def serial_key(serial: str = SERIAL, gtin: str = GTIN) -> SliceKey:
    return f"01/{gtin}/21/{quote(serial, safe='')}"


def brand_key(brand_id: str = BRAND_ID) -> SliceKey:
    return f"brand/{brand_id}"


def organization_key(organization_id: str = ORGANIZATION_ID) -> SliceKey:
    return f"org/{organization_id}"


_SCOPE_TYPES = {
    "01": ScopeType.PRODUCT,
    "01/10": ScopeType.BATCH,
    "01/21": ScopeType.SERIAL,
    "01/22": ScopeType.VARIANT,
    "brand": ScopeType.BRAND,
    "org": ScopeType.ORGANIZATION,
}


def scope_type_of(key: SliceKey) -> ScopeType:
    """Return the narrowest scope type under which a rule of this slice can be written."""
    names = "/".join(key.split("/")[::2])
    return ScopeType.IDENTIFIER if key.endswith("/*") else _SCOPE_TYPES.get(names, ScopeType.IDENTIFIER)


def make_rule(rule_id: str = "rule", **fields: Any) -> Rule:
    """Make a live rule of the GTIN that leads to `https://example.com/{rule_id}`."""
    key = fields.get("slice_key", item_key())
    defaults: dict[str, Any] = {
        "organization_id": ORGANIZATION_ID,
        "slice_key": key,
        "scope_type": scope_type_of(key),
        "custom_url": f"https://example.com/{rule_id}",
    }
    return Rule(id=rule_id, **(defaults | fields))


def make_item(**fields: Any) -> Item:
    """Make the item `GTIN` of the brand `BRAND_ID`."""
    defaults: dict[str, Any] = {"key": item_key(), "name": "Oat drink", "brand_id": BRAND_ID}
    return Item(**(defaults | fields))


def make_instance(**fields: Any) -> Instance:
    """Make the lot `LOT` of the item `GTIN`."""
    defaults: dict[str, Any] = {"key": lot_key()}
    return Instance(**(defaults | fields))


def make_brand(**fields: Any) -> Brand:
    """Make the brand `BRAND_ID` of the organization `ORGANIZATION_ID`."""
    defaults: dict[str, Any] = {"id": BRAND_ID, "name": "Oats", "organization_id": ORGANIZATION_ID}
    return Brand(**(defaults | fields))


def make_organization(**fields: Any) -> Organization:
    """Make the organization `ORGANIZATION_ID`."""
    defaults: dict[str, Any] = {"id": ORGANIZATION_ID, "name": "Meadow Foods"}
    return Organization(**(defaults | fields))


def make_host(**fields: Any) -> Host:
    """Make the host `id.meadow.example` of the organization `ORGANIZATION_ID`."""
    defaults: dict[str, Any] = {"name": "id.meadow.example", "organization_id": ORGANIZATION_ID}
    return Host(**(defaults | fields))


def make_catalogue(*rules: Rule, **fields: Any) -> Catalogue:
    """Make a catalogue of one organization, one brand and one item, with these rules."""
    defaults: dict[str, Any] = {
        "organizations": (make_organization(),),
        "brands": (make_brand(),),
        "items": (make_item(),),
        "rules": rules,
    }
    return Catalogue(**(defaults | fields))


def make_query(*qualifiers: tuple[str, str], **fields: Any) -> Query:
    """Make a request for `GTIN` at `NOON` without preferences."""
    defaults: dict[str, Any] = {"ais": (("01", GTIN), *qualifiers), "at": NOON}
    return Query(**(defaults | fields))
