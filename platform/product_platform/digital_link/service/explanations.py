"""Gather all rules that could govern one identifier, as they stand in the database now."""

from product_platform.digital_link.repository import publication
from product_platform.digital_link.repository.sources import load_catalogues
from product_platform.kit.db import Connection
from product_platform.products import Products
from rules_compiler.gs1 import Elements, levels, slice_key
from rules_compiler.model import Catalogue, SliceKey


class Explanations:
    """Reads what an explanation is made of; *refused* as in the publisher."""

    def __init__(self, products: Products, refused: frozenset[str]) -> None:
        self._products = products
        self._refused = refused

    async def load(self, connection: Connection, ais: Elements) -> tuple[Catalogue, int]:
        """Return what governs *ais*, narrow to wide, and the number of the head."""
        keys = [slice_key(level) for level in levels(ais)]
        narrow = await self._load(connection, keys)
        brand_keys = [f"brand/{item.brand_id}" for item in narrow.items if item.brand_id]
        brands = await self._load(connection, brand_keys)
        owners = {brand.organization_id for brand in brands.brands} | {item.owner_id for item in narrow.items}
        organizations = await self._load(connection, [f"org/{owner}" for owner in owners if owner])
        return _join(narrow, brands, organizations), await publication.read_head(connection)

    async def _load(self, connection: Connection, keys: list[SliceKey]) -> Catalogue:
        gtins = [key[3:] for key in keys if key.startswith("01/") and key.count("/") == 1]
        facts = await self._products.facts(connection, gtins)
        loaded = await load_catalogues(connection, keys, facts=facts, refused=self._refused)
        return _join(*loaded.values())


def _join(*catalogues: Catalogue) -> Catalogue:
    rules = {rule.id: rule for catalogue in catalogues for rule in catalogue.rules}
    return Catalogue(
        organizations=tuple(o for c in catalogues for o in c.organizations),
        brands=tuple(b for c in catalogues for b in c.brands),
        items=tuple(i for c in catalogues for i in c.items),
        instances=tuple(i for c in catalogues for i in c.instances),
        rules=tuple(rules.values()),
    )
