"""The API of the domain, mounted at /new-domain/api/v1."""

from typing import Annotated

from fastapi import APIRouter, Query

from product_platform.kit.http import ConnectionDep, PrincipalDep
from product_platform.kit.ids import ShortId
from product_platform.kit.pagination import Page, PageDep
from product_platform.new_domain.models import Item
from product_platform.new_domain.schemas import ItemFilters, ItemOut
from product_platform.new_domain.service import NewDomain

router = APIRouter(tags=["new-domain"])


@router.get("/items")
async def list_items(
    principal: PrincipalDep,
    connection: ConnectionDep,
    query: PageDep,
    filters: Annotated[ItemFilters, Query()],
) -> Page[ItemOut]:
    """List the items of an organization."""
    page = await NewDomain().list_items(connection, query, filters=filters, principal=principal)
    return page.map(Item.to_out)


@router.get("/items/{id}")
async def get_item(
    id: ShortId,  # noqa: A002 - the contract names the parameter
    principal: PrincipalDep,
    connection: ConnectionDep,
) -> ItemOut:
    """Show one item."""
    return (await NewDomain().get(connection, id, principal=principal)).to_out()
