"""Rows of a catalogue file stored many at a time, each whole or not at all."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from product_platform.brands import BrandRecord, Brands, BrandTakenError
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.outbox import record_changes
from product_platform.products.models import Product, assess
from product_platform.products.repository import bulk
from product_platform.products.schemas.fields import DataSource
from product_platform.products.schemas.imports import CsvRow
from product_platform.products.service.csv_import.reading import Row
from product_platform.products.service.csv_import.tally import Tally
from product_platform.products.service.domains import request_domain_match
from product_platform.products.service.editing import plan_changes
from product_platform.products.service.prefixes import request_match
from product_platform.products.service.storing import add_owner, claim_columns


class RowStore:
    """Stores rows as the word of one organization, in the transaction of the connection that it is given."""

    def __init__(self, connection: Connection, organization_id: UUID, clock: Clock) -> None:
        self._connection = connection
        self._organization_id = organization_id
        self._clock = clock

    async def store(self, rows: Sequence[Row], tally: Tally) -> None:
        """Store what is good of *rows*, and add to *tally* what became of each."""
        wanted: dict[str, Row] = {}
        for row in rows:
            if row.record is None:
                tally.refuse(row.line, row.message, row.column)
            elif row.is_duplicate:
                tally.skipped += 1
            else:
                wanted[row.record.gtin] = row
        self._drop_taken(wanted, await bulk.lock(self._connection, wanted), tally)
        brands = await self._claim_brands(wanted, tally)
        created = await bulk.create(self._connection, wanted, at=self._clock.now())
        # Whatever others have created meanwhile is there now, and stays as it is from now on.
        products = await bulk.lock(self._connection, wanted)
        self._drop_taken(wanted, products, tally)
        changes = {
            gtin: found
            for gtin, row in wanted.items()
            if (found := self._plan(products[gtin], _sent(row.record, brands)))
        }
        await bulk.update(self._connection, [(products[gtin].id, found) for gtin, found in changes.items()])
        await self._show_images(changes, products)
        keys = [f"01/{gtin}" for gtin in changes]
        await record_changes(self._connection, keys, self._organization_id)
        if changes:
            await request_match(self._connection, self._organization_id, clock=self._clock)
        if brands:
            await request_domain_match(self._connection, self._organization_id, at=self._clock.now())
        tally.created += len(created & changes.keys())
        tally.updated += len(changes.keys() - created)
        tally.skipped += len(wanted) - len(changes)

    def _drop_taken(self, wanted: dict[str, Row], products: Mapping[str, Product], tally: Tally) -> None:
        for gtin, product in products.items():
            if product.owner_id not in {None, self._organization_id}:
                tally.refuse(wanted.pop(gtin).line, "Another organization claims the product.", "gtin")

    async def _claim_brands(self, wanted: dict[str, Row], tally: Tally) -> dict[str, UUID]:
        """Return the ids of the brands by their names; rows with a brand of somebody else are dropped."""
        brands: dict[str, UUID] = {}
        taken: set[str] = set()
        service = Brands(self._clock)
        for name in sorted({row.record.brand for row in wanted.values() if row.record and row.record.brand}):
            try:
                record = BrandRecord(name=name)
                brands[name] = (
                    await service.upsert(self._connection, self._organization_id, record=record)
                ).id
            except BrandTakenError:
                taken.add(name)
        for gtin, row in list(wanted.items()):
            if row.record and row.record.brand in taken:
                tally.refuse(row.line, f"The brand {row.record.brand!r} is another organization's.", "brand")
                del wanted[gtin]
        return brands

    def _plan(self, product: Product, sent: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns that a row makes different, which are none when it says nothing new."""
        changes = plan_changes(product.values, sent)
        now = self._clock.now()
        if product.owner_id is None:
            changes |= claim_columns(self._organization_id, at=now)
            changes |= assess({**product.values, **changes}, DataSource.CLAIMED)
        elif changes:
            changes = add_owner(product, changes, owner_id=self._organization_id)
        return {**changes, "modified": now} if changes else {}

    async def _show_images(
        self, changes: Mapping[str, Mapping[str, Any]], products: Mapping[str, Product]
    ) -> None:
        urls: defaultdict[UUID, str] = defaultdict(str)
        for gtin, found in changes.items():
            if found.get("image_url"):
                urls[products[gtin].id] = found["image_url"]
        await bulk.set_primary_images(self._connection, urls, at=self._clock.now())


def _sent(record: CsvRow | None, brands: Mapping[str, UUID]) -> dict[str, Any]:
    sent = {} if record is None else record.model_dump(exclude={"gtin"}, exclude_unset=True)
    if name := sent.pop("brand", None):
        sent["brand_id"] = brands[name]
    return sent
