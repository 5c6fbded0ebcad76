"""The catalogue: who claims which product, and what its owner says of it."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from product_platform.brands import Brands
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.ids import to_short
from product_platform.kit.pagination import Page, PageQuery
from product_platform.kit.permissions import OrganizationNotFoundError, Permission, Principal
from product_platform.products.errors import (
    ForeignBrandError,
    OrganizationMissingError,
    ProductExistsError,
    ProductNotFoundError,
    ProductNotOwnedError,
    ProductTakenError,
    ProductUnclaimedError,
    RestrictedGtinError,
)
from product_platform.products.models import Product, assess, is_restricted
from product_platform.products.repository import catalogue as lists
from product_platform.products.repository import products as repository
from product_platform.products.repository import serials
from product_platform.products.schemas.fields import DataSource
from product_platform.products.schemas.products import (
    LotRecord,
    ProductCreate,
    ProductPatch,
    ProductRecord,
    SerialRecord,
)
from product_platform.products.schemas.trade_items import TradeItemFilters
from product_platform.products.service.domains import request_domain_match
from product_platform.products.service.editing import plan_changes
from product_platform.products.service.prefixes import request_match
from product_platform.products.service.storing import (
    add_owner,
    claim_columns,
    record_slice,
    store_changes,
    store_ingredients,
)
from rules_compiler.model import SerialState

# What a claim brings to a product, and what leaves with it.
_CLAIM_COLUMNS = ("owner_id", "brand_id", "claim_verification_status", "claimed_at")


class Products:
    """Reads, claims and changes products, in the transaction of the connection that it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def find(self, connection: Connection, gtin: str) -> Product | None:
        """Return the product with this GTIN of 14 digits."""
        return await repository.find(connection, gtin)

    async def get(self, connection: Connection, gtin: str, *, lock: bool = False) -> Product:
        """Return the product with this GTIN of 14 digits; raises ProductNotFoundError."""
        product = await repository.find(connection, gtin, lock=lock)
        if product is None:
            raise ProductNotFoundError(gtin)
        return product

    @staticmethod
    async def facts(connection: Connection, gtins: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return the JSON of each product as the API shows it, for those that are stored."""
        products = await repository.fetch_many(connection, gtins)
        return {product.gtin: product.to_out().model_dump(mode="json") for product in products}

    @staticmethod
    async def fetch_names(connection: Connection, brand_id: UUID) -> list[tuple[UUID, str]]:
        """Return id and display name of each product of a brand, by name."""
        return await repository.fetch_names(connection, brand_id)

    async def list_products(
        self, connection: Connection, query: PageQuery, *, principal: Principal, organization_id: UUID
    ) -> Page[Product]:
        """Return a page of the organization's products, the newest claim first."""
        if not principal.sees(organization_id):
            raise OrganizationNotFoundError(organization_id)
        return await lists.fetch_owned(connection, query, organization_id=organization_id)

    async def list_catalogue(
        self, connection: Connection, query: PageQuery, *, filters: TradeItemFilters
    ) -> Page[Product]:
        """Return a page of all products; their number is exact up to 10,000, and estimated beyond."""
        return await lists.fetch_page_of(connection, query, filters=filters)

    async def get_by_id(self, connection: Connection, product_id: UUID) -> Product:
        """Return the product with this id; raises ProductNotFoundError."""
        product = await lists.find_by_id(connection, product_id)
        if product is None:
            raise ProductNotFoundError(to_short(product_id), by="id")
        return product

    async def create(self, connection: Connection, body: ProductCreate, *, principal: Principal) -> Product:
        """Store a new product as a claim of one of the caller's organizations."""
        organization_id = body.organization_id or _only_organization(principal)
        principal.require(Permission.CLAIM, organization_id)
        sent = body.model_dump(exclude={"gtin", "organization_id", "ingredients"})
        await self._insert(connection, body.gtin, organization_id=organization_id, sent=sent)
        product = await self.get(connection, body.gtin)
        if body.ingredients is not None:
            await store_ingredients(connection, product, body.ingredients)
        return product

    async def patch(
        self, connection: Connection, gtin: str, *, principal: Principal, body: ProductPatch
    ) -> Product:
        """Change what its owner says of a product."""
        product = await self.get(connection, gtin, lock=True)
        if product.owner_id is None or not principal.can(Permission.CONTRIBUTE, product.owner_id):
            raise ProductNotOwnedError(gtin)
        await self._change(connection, product, owner_id=product.owner_id, sent=_sent(body))
        if body.ingredients is not None:
            await store_ingredients(connection, product, body.ingredients)
        return await self.get(connection, gtin)

    async def claim(
        self, connection: Connection, gtin: str, *, principal: Principal, organization_id: UUID | None
    ) -> Product:
        """Make a product the claim of one of the caller's organizations; a repeated claim changes nothing."""
        product = await self.get(connection, gtin, lock=True)
        organization_id = organization_id or _only_organization(principal)
        principal.require(Permission.CLAIM, organization_id)
        await self._claim(connection, product, organization_id=organization_id)
        return await self.get(connection, gtin)

    async def release(
        self,
        connection: Connection,
        gtin: str,
        *,
        principal: Principal,
        organization_id: UUID | None,
        switch_off: bool,
    ) -> Product:
        """Give a claim up. The product stays, without brand or tier; *switch_off* ends its resolution."""
        product = await self.get(connection, gtin, lock=True)
        if organization_id is not None:
            principal.require(Permission.CLAIM, organization_id)
        if product.owner_id is None:
            raise ProductUnclaimedError(gtin)
        owner_id = organization_id or product.owner_id
        if owner_id != product.owner_id or not principal.can(Permission.CLAIM, owner_id):
            raise ProductNotOwnedError(gtin)
        changes: dict[str, Any] = dict.fromkeys(_CLAIM_COLUMNS)
        changes |= assess({**product.values, **changes}, DataSource.CROWD_SOURCED)
        if switch_off:
            changes["resolver_enabled"] = False
        await self._store(connection, product, changes, organization_id=owner_id)
        return await self.get(connection, gtin)

    async def upsert(self, connection: Connection, organization_id: UUID, *, record: ProductRecord) -> bool:
        """Claim the product for the organization and bring it up to date; tell whether that changed it.

        Doing it again changes nothing. Raises ProductTakenError when another organization claims it.
        """
        product = await repository.find(connection, record.gtin, lock=True)
        if product is None:
            return await self._insert(
                connection, record.gtin, organization_id=organization_id, sent=_sent(record)
            )
        is_claimed = await self._claim(connection, product, organization_id=organization_id)
        product = await self.get(connection, record.gtin)
        is_changed = await self._change(connection, product, owner_id=organization_id, sent=_sent(record))
        return is_claimed or is_changed

    async def set_lot(self, connection: Connection, organization_id: UUID, *, record: LotRecord) -> bool:
        """Store a lot of the organization's product, or the fields given; tell whether that changed it."""
        product = await self._get_owned(connection, record.gtin, organization_id)
        columns = record.model_dump(exclude={"gtin"}, exclude_unset=True)
        if not await serials.upsert_lot(connection, product.id, columns):
            return False
        await record_slice(connection, organization_id, ("01", product.gtin), ("10", record.code))
        return True

    async def set_serial(
        self, connection: Connection, organization_id: UUID, *, record: SerialRecord
    ) -> bool:
        """Store a serial of the organization's product, or the fields given; tell whether that changed it."""
        product = await self._get_owned(connection, record.gtin, organization_id)
        columns = record.model_dump(exclude={"gtin", "lot"}, exclude_unset=True)
        if "state" in columns:
            columns["flag"] = None if record.state is SerialState.AUTHENTIC else record.state
        if record.lot is not None:
            columns["lot_id"] = await serials.get_lot_id(connection, product.id, record.lot)
        if not await serials.upsert_serial(connection, product.id, columns):
            return False
        await record_slice(connection, organization_id, ("01", product.gtin), ("21", record.serial))
        return True

    async def _get_owned(self, connection: Connection, gtin: str, organization_id: UUID) -> Product:
        product = await self.get(connection, gtin, lock=True)
        if product.owner_id != organization_id:
            raise ProductNotOwnedError(gtin)
        return product

    async def _insert(
        self, connection: Connection, gtin: str, *, organization_id: UUID, sent: Mapping[str, Any]
    ) -> bool:
        """Store a new product as the organization's claim; raises ProductExistsError."""
        _refuse_restricted(gtin)
        values = plan_changes({}, sent)
        await self._check_brand(connection, values.get("brand_id"), organization_id=organization_id)
        columns = {
            **values,
            **claim_columns(organization_id, at=self._clock.now()),
            **assess(values, DataSource.CLAIMED),
        }
        if not await repository.insert(connection, {"gtin": gtin, **columns, "created": self._clock.now()}):
            raise ProductExistsError(gtin)
        await record_slice(connection, organization_id, ("01", gtin))
        await request_match(connection, organization_id, clock=self._clock)
        return True

    async def _claim(self, connection: Connection, product: Product, *, organization_id: UUID) -> bool:
        """Make a locked product the organization's claim; False when it is already."""
        if product.owner_id == organization_id:
            return False
        if product.owner_id is not None:
            raise ProductTakenError(product.gtin)
        _refuse_restricted(product.gtin)
        changes = {
            **claim_columns(organization_id, at=self._clock.now()),
            **assess(product.values, DataSource.CLAIMED),
        }
        await self._store(connection, product, changes, organization_id=organization_id)
        await request_match(connection, organization_id, clock=self._clock)
        return True

    async def _change(
        self, connection: Connection, product: Product, *, owner_id: UUID, sent: Mapping[str, Any]
    ) -> bool:
        """Store what *sent* makes different; tell whether anything is."""
        changes = plan_changes(product.values, sent)
        if not changes:
            return False
        await self._check_brand(connection, changes.get("brand_id"), organization_id=owner_id)
        changes = add_owner(product, changes, owner_id=owner_id)
        await self._store(connection, product, changes, organization_id=owner_id)
        if changes.get("brand_id") is not None:
            await request_domain_match(connection, owner_id, at=self._clock.now())
        return True

    async def _check_brand(
        self, connection: Connection, brand_id: UUID | None, *, organization_id: UUID
    ) -> None:
        """Refuse a brand that is not the organization's own."""
        if brand_id is None:
            return
        brand = await Brands(self._clock).find(connection, brand_id)
        if brand is None or brand.organization_id != organization_id:
            raise ForeignBrandError

    async def _store(
        self, connection: Connection, product: Product, changes: Mapping[str, Any], *, organization_id: UUID
    ) -> None:
        await store_changes(connection, product, changes, organization_id=organization_id, clock=self._clock)


def _sent(body: ProductPatch) -> dict[str, Any]:
    return body.model_dump(exclude_unset=True, exclude={"gtin", "ingredients"})


def _only_organization(principal: Principal) -> UUID:
    """Return the one organization that the caller can mean; raises OrganizationMissingError."""
    if len(principal.organizations) != 1:
        raise OrganizationMissingError
    return next(iter(principal.organizations))


def _refuse_restricted(gtin: str) -> None:
    if is_restricted(gtin):
        raise RestrictedGtinError(gtin)
