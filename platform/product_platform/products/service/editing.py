"""What changes when an owner sends a few fields of a product."""

from collections.abc import Iterator, Mapping
from typing import Any

from product_platform.kit.errors import Detail, InvalidError
from product_platform.kit.metadata import merge_metadata
from product_platform.products.service.net_content import parse_net_content

# Each measure with the unit that it cannot stand without, and the unit that means "none".
_MEASURES = {
    "net_content_value": ("net_content_uom", None),
    "length": ("length_uom", ""),
    "width": ("width_uom", ""),
    "height": ("height_uom", ""),
    "depth": ("depth_uom", ""),
    "gross_weight": ("gross_weight_uom", ""),
    "net_weight": ("net_weight_uom", ""),
}
_PARSED = ("net_content_value", "net_content_uom")
_CLEARABLE = frozenset({*_MEASURES, "net_content_uom", "brand_id", "metadata"})


def plan_changes(old: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that *sent* makes different from *old*.

    A null clears what may be null and leaves the rest as it is. A new `net_content` is parsed
    into amount and unit unless these are sent too; a measure that is cleared takes its unit with
    it. Raises InvalidError when a measure is left without a unit, or a unit without a measure.
    """
    new = {name: value for name, value in sent.items() if value is not None or name in _CLEARABLE}
    if "net_content" in new and new.keys().isdisjoint(_PARSED):
        new |= zip(_PARSED, parse_net_content(new["net_content"]) or (None, None), strict=True)
    for measure, (unit, none) in _MEASURES.items():
        if measure in new and new[measure] is None:
            new.setdefault(unit, none)
    if "metadata" in new:
        new["metadata"] = merge_metadata(old.get("metadata", {}), new["metadata"])
    if problems := list(_find_lone_halves({**old, **new})):
        raise InvalidError(problems)
    return {name: value for name, value in new.items() if name not in old or old[name] != value}


def _find_lone_halves(values: Mapping[str, Any]) -> Iterator[Detail]:
    for measure, (unit, _) in _MEASURES.items():
        has_measure, has_unit = values.get(measure) is not None, bool(values.get(unit))
        if has_measure and not has_unit:
            yield Detail(unit, f"{measure} needs its unit.", "unit_missing")
        if has_unit and not has_measure:
            yield Detail(measure, f"{unit} needs its amount.", "amount_missing")
