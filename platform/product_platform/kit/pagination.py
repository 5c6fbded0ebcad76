"""Lists by pages: what a caller asks for, how it is fetched, and the envelope of the answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Self, TypeVar

import asyncpg
from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict

from product_platform.kit.db import Connection
from product_platform.kit.errors import Detail, InvalidError

T = TypeVar("T")
U = TypeVar("U")

# What PostgreSQL takes as OFFSET, with room for a page behind it.
_MOST_ROWS = 1 << 62


@dataclass(frozen=True, slots=True)
class PageQuery:
    """The page that a caller wants, counted from 1."""

    page: Annotated[int, Query(ge=1)] = 1
    page_size: Annotated[int, Query(ge=1, le=100)] = 25

    @property
    def offset(self) -> int:
        """How many rows come before the page; no list has as many as the greatest of them."""
        return min((self.page - 1) * self.page_size, _MOST_ROWS)


PageDep = Annotated[PageQuery, Depends()]


class Pagination(BaseModel):
    """Where a page stands among all pages."""

    page: int
    page_size: int
    total_count: int
    total_pages: int
    has_next: bool
    has_previous: bool


class Page(BaseModel, Generic[T]):
    """One page of a list: of rows inside, of what is answered outside."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    data: list[T]
    pagination: Pagination

    @classmethod
    def of(cls, data: Sequence[T], total_count: int, query: PageQuery) -> Self:
        """Make the page that *query* asked for out of its rows and the number of all rows."""
        total_pages = -(-total_count // query.page_size)
        pagination = Pagination(
            page=query.page,
            page_size=query.page_size,
            total_count=total_count,
            total_pages=total_pages,
            has_next=query.page < total_pages,
            has_previous=query.page > 1,
        )
        return cls(data=list(data), pagination=pagination)

    def map(self, read: Callable[[T], U]) -> "Page[U]":
        """Return the same page with *read* applied to each row."""
        return Page(data=[read(row) for row in self.data], pagination=self.pagination)


async def fetch_page(
    connection: Connection, sql: str, args: Sequence[Any], query: PageQuery
) -> Page[asyncpg.Record]:
    """Fetch the rows of *sql* on one page; a page past the end is empty.

    *sql* is a SELECT with its ORDER BY, which must end in a unique column, and without LIMIT.
    """
    # The SQL is our own; values come only through `args`.
    total_count: int = await connection.fetchval(f"SELECT count(*) FROM ({sql}) AS listed", *args)  # noqa: S608
    if query.offset >= total_count:
        return Page.of([], total_count, query)
    rows = await connection.fetch(f"{sql} LIMIT {query.page_size} OFFSET {query.offset}", *args)
    return Page.of(rows, total_count, query)


def order_by(ordering: str, columns: Mapping[str, str], *, last: str = "id") -> str:
    """Return the ORDER BY clause for `name` or `-name`; raises InvalidError for an unknown field.

    *columns* maps each field to its SQL, in which `{}` stands for the direction where that is needed before
    the end; *last* is the unique column that makes pages stable.
    """
    name = ordering.removeprefix("-")
    if name not in columns:
        message = f"{ordering!r} is none of {', '.join(columns)}, with or without a leading '-'."
        raise InvalidError([Detail("query.ordering", message, "unknown_ordering")])
    direction = "DESC" if ordering.startswith("-") else "ASC"
    return f"ORDER BY {columns[name].format(direction)} {direction}, {last} {direction}"
