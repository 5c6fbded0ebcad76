"""Lists that can be filtered and ordered: what a domain declares of them, once.

The schema of the query says what callers may send, the repository what that means in SQL:

    class BrandFilters(BaseModel):
        name: str | None = None
        is_claimed: QueryBool | None = None
        ordering: Annotated[str, OrderedBy("name", "created")] = "name"

    BRANDS = Listing(
        "SELECT * FROM brands WHERE is_active",
        filters={"name": "strpos(lower(name), lower({})) > 0", "is_claimed": "(owner_id IS NOT NULL) = {}"},
        orderings={"name": "name", "created": "created"},
    )
    page = await BRANDS.fetch(connection, query, filters)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import asyncpg
from pydantic import BaseModel, BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery, fetch_page, order_by

_ORDERING: Final = "ordering"
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def _read_bool(value: object) -> bool:
    found = value if isinstance(value, bool) else _BOOLEANS.get(str(value).lower())
    if found is None:
        raise PydanticCustomError("bool_parsing", "Write true or false, or 1 or 0.")
    return found


QueryBool = Annotated[bool, BeforeValidator(_read_bool), WithJsonSchema({"type": "boolean"})]
"""A yes or no in a query: `true`, `false`, `1` or `0`, in small letters or capitals, and nothing else."""


class OrderedBy:
    """Says by which fields a list can be ordered: each as `name`, or as `-name` for the other direction."""

    def __init__(self, *names: str) -> None:
        self._values = [value for name in names for value in (name, f"-{name}")]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept these values alone."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe these values."""
        return {**handler(schema), "enum": self._values}

    def _check(self, value: str) -> str:
        if value not in self._values:
            names = ", ".join(name for name in self._values if not name.startswith("-"))
            message = f"{value!r} is none of {names}, with or without a leading '-'."
            raise PydanticCustomError("unknown_ordering", "{message}", {"message": message})
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Rows that are listed by pages.

    `select` is a SELECT without ORDER BY; its WHERE, which it must have, may use `$1` and so on for the
    *args* of `fetch`. `filters` maps each field of the query to a condition with `{}` for its value, and
    `orderings` each field that lists can be ordered by to a column, or to several, with `{}` for the
    direction of all but the last: `"day {} NULLS LAST, created"`. `last` is a unique column, which makes
    pages stable.
    """

    select: str
    filters: Mapping[str, str] = field(default_factory=dict)
    orderings: Mapping[str, str]
    last: str = "id"

    async def fetch(
        self, connection: Connection, query: PageQuery, filters: BaseModel, args: Sequence[Any] = ()
    ) -> Page[asyncpg.Record]:
        """Return the page of what passes *filters*, in their order; a filter that is None lets all pass."""
        return await fetch_page(connection, *self._write(filters, args), query)

    async def fetch_all(
        self, connection: Connection, filters: BaseModel, args: Sequence[Any] = ()
    ) -> list[asyncpg.Record]:
        """Return all that passes *filters*, in their order."""
        sql, values = self._write(filters, args)
        return await connection.fetch(sql, *values)

    def _write(self, filters: BaseModel, args: Sequence[Any]) -> tuple[str, list[Any]]:
        values = list(args)
        conditions = list(self._read_conditions(filters, values))
        order = order_by(getattr(filters, _ORDERING), self.orderings, last=self.last)
        return " ".join([self.select, *conditions, order]), values

    def _read_conditions(self, filters: BaseModel, values: list[Any]) -> Iterator[str]:
        for name, condition in self.filters.items():
            value = getattr(filters, name)
            if value is not None:
                values.append(value)
                yield f"AND {condition.format(f'${len(values)}')}"
