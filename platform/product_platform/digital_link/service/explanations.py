"""Gather every rule that could govern an identifier, as it stands in the database now."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from product_platform.digital_link.models import refused_statuses
from product_platform.digital_link.repository import publication
from product_platform.digital_link.repository.sources import item_gtins, load_catalogues
from product_platform.digital_link.service.past_rules import rules_at
from product_platform.kit.db import Connection
from product_platform.products import Products
from rules_compiler.gs1 import Elements, levels, slice_key
from rules_compiler.model import WILDCARD, Catalogue, SliceKey


class Explanations:
    """Reads what an explanation is made of, by the same queries as the publisher."""

    def __init__(self, min_claim_tier: str) -> None:
        self._refused = refused_statuses(min_claim_tier)

    async def load(
        self, connection: Connection, ais: Elements, *, at: datetime, hosts: Collection[str] = ()
    ) -> tuple[Catalogue, int]:
        """Return what governs *ais*, from the narrowest level to the owner, and the number of the head.

        Of *hosts* those that are bound come along.
        Rules are as they were at *at*, or as they are now when that is still to come; the
        catalogue and the health of targets are as they are now.
        """
        catalogue = await self.load_present(connection, [ais], hosts=hosts)
        head = await publication.read_head(connection)
        brand_ids = {item.brand_id for item in catalogue.items} - {None}
        scopes = [*_level_keys(ais), *(f"brand/{each}" for each in brand_ids)]
        for organization in catalogue.organizations:
            own = [*scopes, f"org/{organization.id}"]
            rules = await rules_at(connection, organization.id, catalogue.rules, scopes=own, at=at)
            catalogue = replace(catalogue, rules=rules)
        return catalogue, head

    async def load_present(
        self, connection: Connection, identifiers: Iterable[Elements], *, hosts: Collection[str] = ()
    ) -> Catalogue:
        """Return what governs any of *identifiers* now at *hosts*, in a fixed number of queries."""
        keys = dict.fromkeys(key for ais in identifiers for key in _level_keys(ais))
        levels_of_items = await self._load(connection, [*keys, *(f"host/{name}" for name in hosts)])
        brand_ids = {item.brand_id for item in levels_of_items.items} - {None}
        brands = await self._load(connection, [f"brand/{brand_id}" for brand_id in brand_ids])
        owner_ids = {brand.organization_id for brand in brands.brands} | {
            item.owner_id for item in levels_of_items.items
        }
        owners = await self._load(connection, [f"org/{owner_id}" for owner_id in owner_ids - {None}])
        return _join((levels_of_items, brands, owners))

    async def _load(self, connection: Connection, keys: Sequence[SliceKey]) -> Catalogue:
        facts = await Products.facts(connection, item_gtins(keys))
        return _join((await load_catalogues(connection, keys, facts=facts, refused=self._refused)).values())


def _level_keys(ais: Elements) -> list[SliceKey]:
    """Return the keys of each level of *ais*, exact and by wildcard."""
    keys = [slice_key(level) for level in levels(ais)]
    return [*keys, *(f"{key.rpartition('/')[0]}/{WILDCARD}" for key in keys[:-1])]


def _join(catalogues: Iterable[Catalogue]) -> Catalogue:
    parts = list(catalogues)
    return Catalogue(
        organizations=tuple(organization for part in parts for organization in part.organizations),
        brands=tuple(brand for part in parts for brand in part.brands),
        items=tuple(item for part in parts for item in part.items),
        instances=tuple(instance for part in parts for instance in part.instances),
        # The slice of an item brings along one rule of each shape below it, which may be here twice.
        rules=tuple({rule.id: rule for part in parts for rule in part.rules}.values()),
        hosts=tuple(host for part in parts for host in part.hosts),
    )
