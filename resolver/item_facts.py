"""What the catalogue says of an item, as it stands under the brand that the table knows now."""

from typing import Any

import orjson

from rules_compiler.compose import find_brand
from rules_compiler.tables import ItemSlice, Table


def read_facts(item: ItemSlice, table: Table) -> dict[str, Any]:
    """Return the facts of *item*, which are none when it is no product.

    The brand says its own name, and whose the item is: a brand that changes hands or is renamed
    is published alone, so that the slices of its items may be older. Whoever owns the brand and
    did not claim the item has an unverified claim to it, as the product API says.
    """
    facts: dict[str, Any] = orjson.loads(item.facts)
    brand = find_brand(table, item.brand_id)
    if not facts or brand is None:
        return facts
    facts["brand"] = brand.name
    owner_id = brand.organization_id
    if owner_id is not None and owner_id != facts.get("owner_id"):
        confidence = dict.fromkeys(facts.get("field_confidence", ()), 1.0)
        facts |= {
            "owner_id": owner_id,
            "is_claimed": True,
            "claim_verification_status": "unverified",
            "data_source": "claimed",
            "field_confidence": confidence,
            "confidence_score": max(confidence.values(), default=0.0),
        }
    return facts
