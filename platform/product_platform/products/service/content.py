"""What is known of a product beside its record: pictures, ingredients, nutrition, attestations."""

from typing import Any
from uuid import UUID

from product_platform.compliance import Recall, RecallFilters, RecallOut, Recalls
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery
from product_platform.kit.permissions import Principal
from product_platform.products.errors import NutritionNotFoundError
from product_platform.products.models import assess
from product_platform.products.repository import attested
from product_platform.products.repository import content as repository
from product_platform.products.schemas.attested import (
    CertificationAssignmentOut,
    CertificationFilters,
    ClaimAssignmentOut,
)
from product_platform.products.schemas.content import (
    ImageOut,
    ImageRecord,
    IngredientOut,
    Nutrition,
    ProductContentOut,
)
from product_platform.products.schemas.fields import DataSource
from product_platform.products.service.catalogue import Products
from product_platform.products.service.storing import store_changes


class Content:
    """Reads and stores content, in the transaction of the connection that it is given.

    Every method raises ProductNotFoundError when no product has the GTIN.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._products = Products(clock)
        self._recalls = Recalls()

    async def get(self, connection: Connection, gtin: str, *, principal: Principal) -> ProductContentOut:
        """Return everything in one answer."""
        product = await self._products.get(connection, gtin)
        today, seen = self._clock.now().date(), list(principal.organizations)
        certifications = await attested.fetch_all_certifications(
            connection, product.id, today=today, seen=seen
        )
        return ProductContentOut(
            images=[_to_image(row) for row in await repository.fetch_all_images(connection, product.id)],
            ingredients=[
                _to_ingredient(row) for row in await repository.fetch_all_ingredients(connection, product.id)
            ],
            certifications=[_to_certification(row) for row in certifications],
            claims=[_to_claim(row) for row in await attested.fetch_all_claims(connection, product.id)],
            recalls=[recall.to_out() for recall in await self._recalls.fetch_all(connection, product.gtin)],
            nutrition=await repository.find_nutrition(connection, product.id),
        )

    async def list_images(self, connection: Connection, gtin: str, query: PageQuery) -> Page[ImageOut]:
        """Return a page of the pictures: the primary one first, then by priority, then the newest."""
        page = await repository.fetch_images(connection, await self._id_of(connection, gtin), query)
        return page.map(_to_image)

    async def list_ingredients(
        self, connection: Connection, gtin: str, query: PageQuery, *, is_major_allergen: bool | None
    ) -> Page[IngredientOut]:
        """Return a page of the ingredients in the order of the label."""
        page = await repository.fetch_ingredients(
            connection, await self._id_of(connection, gtin), query, is_major_allergen=is_major_allergen
        )
        return page.map(_to_ingredient)

    async def get_nutrition(self, connection: Connection, gtin: str) -> Nutrition:
        """Return the nutrition panel; raises NutritionNotFoundError for a product without one."""
        panel = await repository.find_nutrition(connection, await self._id_of(connection, gtin))
        if panel is None:
            raise NutritionNotFoundError(gtin)
        return panel

    async def list_certifications(
        self,
        connection: Connection,
        gtin: str,
        query: PageQuery,
        *,
        filters: CertificationFilters,
        principal: Principal,
    ) -> Page[CertificationAssignmentOut]:
        """Return a page of the certifications; private ones are shown to their organization alone."""
        page = await attested.fetch_certifications(
            connection,
            await self._id_of(connection, gtin),
            query,
            filters=filters,
            today=self._clock.now().date(),
            seen=list(principal.organizations),
        )
        return page.map(_to_certification)

    async def list_claims(
        self, connection: Connection, gtin: str, query: PageQuery
    ) -> Page[ClaimAssignmentOut]:
        """Return a page of the claims that the label makes."""
        page = await attested.fetch_claims(connection, await self._id_of(connection, gtin), query)
        return page.map(_to_claim)

    async def list_recalls(
        self, connection: Connection, gtin: str, query: PageQuery, *, filters: RecallFilters
    ) -> Page[RecallOut]:
        """Return a page of the recalls, also of those that are over."""
        product = await self._products.get(connection, gtin)
        page = await self._recalls.list_recalls(connection, product.gtin, query, filters=filters)
        return page.map(Recall.to_out)

    async def set_nutrition(self, connection: Connection, gtin: str, panel: Nutrition) -> None:
        """Store the nutrition panel in the place of any other."""
        await repository.store_nutrition(connection, await self._id_of(connection, gtin), panel)

    async def add_image(self, connection: Connection, gtin: str, image: ImageRecord) -> None:
        """Store a picture; the primary one becomes that of the record, which is published."""
        product = await self._products.get(connection, gtin, lock=True)
        await repository.store_image(connection, product.id, image, at=self._clock.now())
        if image.is_primary and product.values["image_url"] != image.image_url:
            changes = {"image_url": image.image_url}
            if product.owner_id is not None:
                changes |= assess({**product.values, **changes}, DataSource.CLAIMED)
            await store_changes(
                connection,
                product,
                changes,
                organization_id=product.owner_id,
                clock=self._clock,
            )

    async def _id_of(self, connection: Connection, gtin: str) -> UUID:
        return (await self._products.get(connection, gtin)).id


def _to_image(row: Any) -> ImageOut:
    return ImageOut.model_validate(dict(row))


def _to_ingredient(row: Any) -> IngredientOut:
    return IngredientOut.model_validate(dict(row))


def _to_certification(row: Any) -> CertificationAssignmentOut:
    return CertificationAssignmentOut.model_validate(dict(row))


def _to_claim(row: Any) -> ClaimAssignmentOut:
    return ClaimAssignmentOut.model_validate(dict(row))
