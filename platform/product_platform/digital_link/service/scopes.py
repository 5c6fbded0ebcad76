"""What a rule governs: from the identifiers a caller gives to the one slice that they name."""

from dataclasses import dataclass
from typing import Any, Final, NoReturn
from uuid import UUID

from product_platform.brands import Brands
from product_platform.digital_link.repository import rules as repository
from product_platform.digital_link.service.identifiers import Identifier, parse_identifier, register
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.errors import Detail
from product_platform.kit.ids import MalformedIdError, from_short, to_short
from product_platform.products import LotRecord, Product, Products, SerialRecord, is_restricted_prefix
from rules_compiler.gs1 import DigitalLinkError, check_value, normalize_gtin, slice_key
from rules_compiler.model import ScopeType, SliceKey

_GTIN_LENGTH = 14

QUALIFIER_SCOPES: Final = {ScopeType.SERIAL: "21", ScopeType.BATCH: "10", ScopeType.VARIANT: "22"}
"""The scopes whose `scope_id` is the value of a qualifier, of the product that `product_id` names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A scope that exists and belongs to the organization, in the form in which it is stored."""

    scope_type: ScopeType
    scope_id: str | None
    product_id: UUID | None
    slice_key: SliceKey
    gtin: str | None = None
    identifier: Identifier | None = None

    def to_columns(self) -> dict[str, Any]:
        """Return what a rule stores of its scope."""
        return {
            "scope_type": self.scope_type,
            "scope_id": self.scope_id,
            "product_id": self.product_id,
            "slice_key": self.slice_key,
        }


NO_SCOPE = Scope(scope_type=ScopeType.ORGANIZATION, scope_id=None, product_id=None, slice_key="")
"""Stands in for a scope that could not be identified, while the rest of a rule is checked."""


class ScopeInvalidError(ValueError):
    """The identifiers name no scope of the organization."""

    def __init__(self, detail: Detail) -> None:
        super().__init__(detail.message)
        self.detail = detail


class Scopes:
    """Finds the scopes of an organization, in the transaction of the connection that it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._brands = Brands(clock)
        self._products = Products(clock)

    async def identify(
        self,
        connection: Connection,
        organization_id: UUID,
        *,
        scope_type: ScopeType,
        scope_id: str | None,
        product_id: str | None,
    ) -> Scope:
        """Return the scope; raises ScopeInvalidError.

        *product_id* is the id of a product or its GTIN. A lot or serial need not be stored yet.
        """
        if scope_type is ScopeType.ORGANIZATION:
            _forbid("scope_id", scope_id, scope_type)
            _forbid("product_id", product_id, scope_type)
            key = f"org/{to_short(organization_id)}"
            return Scope(scope_type=scope_type, scope_id=None, product_id=None, slice_key=key)
        if not scope_id:
            _refuse("scope_id", f"A rule of the scope {scope_type} needs a scope_id.", "scope_id_missing")
        if scope_type is ScopeType.BRAND:
            _forbid("product_id", product_id, scope_type)
            return await self._identify_brand(connection, organization_id, scope_id)
        if scope_type is ScopeType.PRODUCT:
            return await self._identify_product(connection, organization_id, scope_id, product_id)
        if scope_type is ScopeType.IDENTIFIER:
            return await self._identify_level(connection, organization_id, scope_id, product_id)
        product = await self._get_product(connection, organization_id, "product_id", product_id)
        return _identify_qualifier(scope_type, scope_id, product)

    async def register(self, connection: Connection, organization_id: UUID, scope: Scope) -> None:
        """Store the lot, serial or primary key that a scope names, if it is not stored yet.

        Raises IdentifierTakenError.
        """
        if scope.identifier is not None:
            await register(
                connection,
                organization_id,
                scope.identifier,
                product_id=scope.product_id,
                at=self._clock.now(),
            )
        if scope.gtin is None or scope.scope_id is None:
            return
        if scope.scope_type is ScopeType.BATCH:
            lot = LotRecord(gtin=scope.gtin, code=scope.scope_id)
            await self._products.set_lot(connection, organization_id, record=lot)
        if scope.scope_type is ScopeType.SERIAL:
            serial = SerialRecord(gtin=scope.gtin, serial=scope.scope_id)
            await self._products.set_serial(connection, organization_id, record=serial)

    async def _identify_brand(self, connection: Connection, organization_id: UUID, scope_id: str) -> Scope:
        try:
            brand_id = from_short(scope_id)
        except MalformedIdError as error:
            _refuse("scope_id", str(error), error.code)
        brand = await self._brands.find(connection, brand_id)
        if brand is None or brand.organization_id != organization_id:
            _refuse("scope_id", f"The organization has no brand {scope_id!r}.", "unknown_brand")
        short = to_short(brand_id)
        return Scope(scope_type=ScopeType.BRAND, scope_id=short, product_id=None, slice_key=f"brand/{short}")

    async def _identify_product(
        self, connection: Connection, organization_id: UUID, scope_id: str, product_id: str | None
    ) -> Scope:
        product = await self._get_one_product(connection, organization_id, scope_id, product_id)
        return Scope(
            scope_type=ScopeType.PRODUCT,
            scope_id=product.gtin,
            product_id=product.id,
            slice_key=slice_key([("01", product.gtin)]),
            gtin=product.gtin,
        )

    async def _identify_level(
        self, connection: Connection, organization_id: UUID, scope_id: str, product_id: str | None
    ) -> Scope:
        try:
            identifier = parse_identifier(scope_id)
        except DigitalLinkError as error:
            _refuse("scope_id", error.message, error.code)
        product: Product | None = None
        if identifier.gtin is None:
            _forbid("product_id", product_id, ScopeType.IDENTIFIER)
            if is_restricted_prefix(identifier.prefix):
                message = (
                    f"{scope_id!r} is a restricted-circulation number: it means another thing everywhere."
                )
                _refuse("scope_id", message, "restricted_prefix")
        else:
            product = await self._get_one_product(connection, organization_id, identifier.gtin, product_id)
        return Scope(
            scope_type=ScopeType.IDENTIFIER,
            scope_id=f"/{identifier.slice_key}",
            product_id=None if product is None else product.id,
            slice_key=identifier.slice_key,
            identifier=identifier,
        )

    async def _get_one_product(
        self, connection: Connection, organization_id: UUID, gtin: str, product_id: str | None
    ) -> Product:
        """Return the product that the scope names, which *product_id* may name too."""
        product = await self._get_product(connection, organization_id, "scope_id", gtin)
        if product_id is not None:
            named = await self._get_product(connection, organization_id, "product_id", product_id)
            if named.id != product.id:
                _refuse(
                    "product_id",
                    f"{product_id!r} is not the product {product.gtin}: leave it out.",
                    "other_product",
                )
        return product

    async def _get_product(
        self, connection: Connection, organization_id: UUID, field: str, text: str | None
    ) -> Product:
        if not text:
            _refuse(field, "Say of which product: give its id or its GTIN.", f"{field}_missing")
        gtin = await _read_gtin(connection, field, text)
        product = None if gtin is None else await self._products.find(connection, gtin)
        if product is None or product.owner_id != organization_id:
            _refuse(field, f"The organization has no product {text!r}.", "unknown_product")
        return product


async def _read_gtin(connection: Connection, field: str, text: str) -> str | None:
    """Return the GTIN that *text* is, or that the product with this id has."""
    is_gtin = field == "scope_id" or (text.isdecimal() and len(text) <= _GTIN_LENGTH)
    if not is_gtin:
        try:
            return await repository.find_gtin(connection, from_short(text))
        except MalformedIdError as error:
            _refuse(field, f"{text!r} is neither the id of a product nor a GTIN.", error.code)
    try:
        return normalize_gtin(text)
    except DigitalLinkError as error:
        _refuse(field, error.message, error.code)


def _identify_qualifier(scope_type: ScopeType, scope_id: str, product: Product) -> Scope:
    ai = QUALIFIER_SCOPES[scope_type]
    try:
        check_value(ai, scope_id)
    except DigitalLinkError as error:
        _refuse("scope_id", error.message, error.code)
    return Scope(
        scope_type=scope_type,
        scope_id=scope_id,
        product_id=product.id,
        slice_key=slice_key([("01", product.gtin), (ai, scope_id)]),
        gtin=product.gtin,
    )


def _forbid(field: str, value: str | None, scope_type: ScopeType) -> None:
    if value is not None:
        _refuse(
            field, f"A rule of the scope {scope_type} has no {field}: leave it out.", f"{field}_not_allowed"
        )


def _refuse(field: str, message: str, code: str) -> NoReturn:
    raise ScopeInvalidError(Detail(field, message, code))
