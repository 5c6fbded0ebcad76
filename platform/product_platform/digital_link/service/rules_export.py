"""Write all that an organization has as lines of JSON, in an order in which they can be loaded."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from uuid import UUID

import orjson
from asyncpg import Record
from pydantic import BaseModel

from product_platform.account import OrganizationUpdate
from product_platform.brands import BrandRecord
from product_platform.digital_link.models import StoredRule
from product_platform.digital_link.repository import export as repository
from product_platform.digital_link.schemas.custom_urls import CustomUrlRecord
from product_platform.digital_link.service.scopes import QUALIFIER_SCOPES
from product_platform.kit.db import Connection, Database
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Permission, Principal
from product_platform.products import LotRecord, ProductRecord, SerialRecord

_SAYS_NOTHING: Final[tuple[object, ...]] = (None, "", {}, [])
# They follow from where and when the file is loaded.
_NOT_OF_A_FILE: Final = frozenset({"organization_id", "product_id", "created", "modified"})

# The lines of one type: its name, its rows, and how one of them is written.
_RECORDS: Final[tuple[tuple[str, str, type[BaseModel]], ...]] = (
    ("organization", repository.ORGANIZATION, OrganizationUpdate),
    ("brand", repository.BRANDS, BrandRecord),
    ("product", repository.PRODUCTS, ProductRecord),
    ("lot", repository.LOTS, LotRecord),
    ("serial", repository.SERIALS, SerialRecord),
    ("custom_url", repository.CUSTOM_URLS, CustomUrlRecord),
)


async def export_lines(
    database: Database, *, organization_id: UUID, principal: Principal
) -> AsyncIterator[bytes]:
    """Yield one line for each thing that the organization has, as of one instant.

    Loading the lines where they come from changes nothing.
    """
    principal.require(Permission.VIEW, organization_id)
    async with (
        database.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        for kind, sql, model in _RECORDS:
            async for row in repository.stream(connection, sql, organization_id):
                yield _to_line(kind, _to_fields(row, model))
        brands = await _fetch_brand_names(connection, organization_id)
        async for row in repository.stream(connection, repository.RULES, organization_id):
            yield _to_line("rule", _to_rule_fields(row, brands))


async def _fetch_brand_names(connection: Connection, organization_id: UUID) -> dict[str, str]:
    return {
        to_short(row["id"]): row["name"]
        async for row in repository.stream(connection, repository.BRANDS, organization_id)
    }


def _to_fields(row: Record, model: type[BaseModel]) -> dict[str, Any]:
    """Return what the row says of the fields of *model*; a brand goes by its name."""
    values = {name: row[name] for name in model.model_fields if name in row and name != "brand_id"}
    fields = model.model_validate(_filled(values)).model_dump(mode="json", exclude_unset=True)
    return fields | {name: row[name] for name in ("brand",) if row.get(name)}


def _to_rule_fields(row: Record, brands: Mapping[str, str]) -> dict[str, Any]:
    rule = StoredRule.from_row(row).to_json()
    fields = _filled({name: value for name, value in rule.items() if name not in _NOT_OF_A_FILE})
    if rule["scope_type"] in QUALIFIER_SCOPES:
        fields["product_id"] = row["gtin"]
    if rule["scope_id"] in brands:
        fields["brand"] = brands[fields.pop("scope_id")]
    return fields


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in _SAYS_NOTHING}


def _to_line(kind: str, fields: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"type": kind, **fields}) + b"\n"
