"""What others than owners say of products, taken into the record once enough of them agree."""

from collections.abc import Mapping, Sequence
from typing import Any

from product_platform.brands import Brands
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.products.errors import RestrictedGtinError
from product_platform.products.models import Product, is_restricted
from product_platform.products.models.trust import AUTHORITY, PROMOTION, Voice, judge, score
from product_platform.products.repository import contributions as repository
from product_platform.products.repository import products
from product_platform.products.schemas.contributions import Contribution
from product_platform.products.schemas.fields import DataSource
from product_platform.products.service.catalogue import Products
from product_platform.products.service.editing import plan_changes
from product_platform.products.service.storing import record_slice, store_changes


class Contributions:
    """Takes contributions, in the transaction of the connection that it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._products = Products(clock)

    async def add(
        self,
        connection: Connection,
        gtin: str,
        contribution: Contribution,
        *,
        source: DataSource,
        contributor: str,
    ) -> Product:
        """Hear what *contributor*, one of *source*, says of the product; an unknown product becomes known.

        A value takes its place in the record when its confidence is `PROMOTION` at least, and above
        that of the value which is there. Of a claimed product the record is its owner's. Raises
        RestrictedGtinError for a number that means another thing in every shop.
        """
        values = {name: value for name, value in contribution.model_dump().items() if value}
        now = self._clock.now()
        if is_restricted(gtin):
            raise RestrictedGtinError(gtin)
        if await products.insert(connection, {"gtin": gtin, "data_source": source, "created": now}):
            await record_slice(connection, None, ("01", gtin))
        product = await self._products.get(connection, gtin, lock=True)
        await repository.store(connection, product.id, values, source=source, contributor=contributor, at=now)
        if product.owner_id is not None:
            return product
        voices = await repository.fetch_voices(connection, product.id)
        await self._promote(connection, product, voices)
        return await self._products.get(connection, gtin)

    async def _promote(
        self, connection: Connection, product: Product, voices: Mapping[str, Sequence[Voice]]
    ) -> None:
        changes: dict[str, Any] = {}
        confidence = dict(product.values["field_confidence"])
        sources = dict(product.values["field_sources"])
        for field, heard in voices.items():
            verdicts = judge(heard)
            present = product.values[field]
            said_of_present = next((each for each in verdicts if each.value == present), None)
            if said_of_present is not None:
                confidence[field] = said_of_present.confidence
            best = verdicts[0]
            is_better = best.value == present or best.confidence > confidence.get(field, 0)
            if best.confidence >= PROMOTION and is_better:
                changes[field] = best.value
                confidence[field], sources[field] = best.confidence, best.source.value
        changes = await self._to_columns(connection, product, changes)
        if not changes and confidence == product.values["field_confidence"]:
            return
        changes |= {
            "field_confidence": confidence,
            "field_sources": sources,
            "confidence_score": score(confidence),
            "data_source": _weightiest(sources, product),
        }
        await store_changes(connection, product, changes, organization_id=None, clock=self._clock)

    async def _to_columns(
        self, connection: Connection, product: Product, changes: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the columns that promoted fields are stored in: a brand by its id, amounts parsed."""
        if "brand" in changes:
            brand = await Brands(self._clock).ensure(connection, changes.pop("brand"))
            changes["brand_id"] = brand.id
        return plan_changes(product.values, changes)


def _weightiest(sources: Mapping[str, str], product: Product) -> DataSource:
    """Return the source of most authority among those that the record is made of."""
    found = [DataSource(source) for source in sources.values()] or [product.values["data_source"]]
    return max(found, key=AUTHORITY.__getitem__)
