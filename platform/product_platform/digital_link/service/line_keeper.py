"""Keep one line of a file: hand it to the domain that it is about."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID, uuid5

from product_platform.account import Accounts, OrganizationUpdate
from product_platform.brands import BrandRecord, Brands
from product_platform.digital_link.models import RuleChange
from product_platform.digital_link.schemas.custom_urls import CustomUrlRecord
from product_platform.digital_link.service.custom_urls import CustomUrls
from product_platform.digital_link.service.fields import REF_MISSING
from product_platform.digital_link.service.rules import Author, Rules
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.errors import InvalidError
from product_platform.kit.ids import MalformedIdError, from_short, to_short
from product_platform.kit.lines import Line, read_line, refuse, to_record
from product_platform.products import Claims, LotRecord, ProductRecord, Products, SerialRecord


class LineKeeper:
    """Keeps the lines of one organization, in the transaction of the connection that it is given."""

    def __init__(
        self, connection: Connection, organization_id: UUID, *, author: Author, clock: Clock
    ) -> None:
        self._connection = connection
        self._organization_id = organization_id
        self._author = author
        self._accounts = Accounts(clock)
        self._brands = Brands(clock)
        self._products = Products(clock)
        self._claims = Claims(clock)
        self._custom_urls = CustomUrls(clock)
        self._rules = Rules(clock)
        self._keepers: Mapping[str, Callable[[Line], Awaitable[RuleChange | None]]] = {
            "organization": self._keep_organization,
            "brand": self._keep_brand,
            "product": self._keep_product,
            "lot": self._keep_lot,
            "serial": self._keep_serial,
            "custom_url": self._keep_custom_url,
            "rule": self._keep_rule,
        }

    async def keep(self, text: str | bytes) -> RuleChange | None:
        """Store what a line says, and return the change of a rule if it makes one; raises ApiError."""
        line = read_line(text)
        kind = line.pop("type", None)
        keeper = self._keepers.get(kind) if isinstance(kind, str) else None
        if keeper is None:
            refuse("type", f"{kind!r} is none of {', '.join(self._keepers)}.", "unknown_type")
        return await keeper(line)

    async def _keep_organization(self, line: Line) -> None:
        await self._accounts.update_organization(
            self._connection,
            self._organization_id,
            body=to_record(OrganizationUpdate, line),
            principal=self._author.principal,
        )

    async def _keep_brand(self, line: Line) -> None:
        record = to_record(BrandRecord, line)
        brand = await self._brands.upsert(self._connection, self._organization_id, record=record)
        if brand.website:
            await self._claims.review_domains(self._connection, self._organization_id)

    async def _keep_product(self, line: Line) -> None:
        if "brand" in line:
            line["brand_id"] = await self._find_brand(line.pop("brand"))
        record = to_record(ProductRecord, line)
        await self._products.upsert(self._connection, self._organization_id, record=record)

    async def _keep_lot(self, line: Line) -> None:
        record = to_record(LotRecord, line)
        await self._products.set_lot(self._connection, self._organization_id, record=record)

    async def _keep_serial(self, line: Line) -> None:
        record = to_record(SerialRecord, line)
        await self._products.set_serial(self._connection, self._organization_id, record=record)

    async def _keep_custom_url(self, line: Line) -> None:
        record = to_record(CustomUrlRecord, line)
        await self._custom_urls.put(self._connection, self._organization_id, record=record)

    async def _keep_rule(self, line: Line) -> RuleChange | None:
        rule_id = self._read_rule_id(line.pop("id", None), line.pop("ref", None))
        if "brand" in line:
            line["scope_id"] = await self._find_brand(line.pop("brand"))
        return await self._rules.put(self._connection, self._organization_id, rule_id=rule_id, body=line)

    def _read_rule_id(self, id_: object, ref: object) -> UUID:
        """Return the id of a rule: as written, or made of the name that the file gives it."""
        if isinstance(id_, str):
            try:
                return from_short(id_)
            except MalformedIdError as error:
                refuse("id", str(error), error.code)
        if not isinstance(ref, str) or not ref:
            raise InvalidError([REF_MISSING])
        return uuid5(self._organization_id, ref)

    async def _find_brand(self, name: object) -> str:
        brand = await self._brands.find_by_name(self._connection, name) if isinstance(name, str) else None
        if brand is None or brand.organization_id != self._organization_id:
            refuse("brand", f"The organization has no brand {name!r}.", "unknown_brand")
        return to_short(brand.id)
