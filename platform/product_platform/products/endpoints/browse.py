"""Endpoints of the whole catalogue: in few words, and in full."""

from typing import Annotated

from fastapi import APIRouter, Query

from product_platform.kit.http import ConnectionDep, PrincipalDep, ServicesDep
from product_platform.kit.ids import ShortId
from product_platform.kit.pagination import Page, PageDep
from product_platform.products.endpoints.dependencies import ProductConnectionDep
from product_platform.products.models import Product
from product_platform.products.schemas.fields import WrittenGtin
from product_platform.products.schemas.trade_items import (
    BrowseFilters,
    ProductBrowseOut,
    TradeItemDetailOut,
    TradeItemFilters,
    TradeItemOut,
)
from product_platform.products.service import Products

router = APIRouter()


@router.get("/browse/products")
async def browse_products(
    _principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
    query: PageDep,
    filters: Annotated[BrowseFilters, Query()],
) -> Page[ProductBrowseOut]:
    """List all products in few words, the newest first."""
    all_filters = TradeItemFilters(**filters.model_dump())
    page = await Products(services.clock).list_catalogue(connection, query, filters=all_filters)
    return page.map(Product.to_browse)


@router.get("/browse/products/{id}")
async def browse_product(
    id: ShortId,  # noqa: A002 - the contract names the parameter
    _principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
) -> ProductBrowseOut:
    """Show one product in few words."""
    return (await Products(services.clock).get_by_id(connection, id)).to_browse()


@router.get("/trade-items")
async def list_trade_items(
    _principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
    query: PageDep,
    filters: Annotated[TradeItemFilters, Query()],
) -> Page[TradeItemOut]:
    """List all trade items, in any order.

    Up to 10,000 are counted; of more, `total_count` is an estimate, while `has_next` is always right.
    """
    page = await Products(services.clock).list_catalogue(connection, query, filters=filters)
    return page.map(Product.to_trade_item)


@router.get("/trade-items/{gtin}")
async def get_trade_item(
    gtin: WrittenGtin, _principal: PrincipalDep, services: ServicesDep, connection: ProductConnectionDep
) -> TradeItemDetailOut:
    """Show one trade item in full."""
    return (await Products(services.clock).get(connection, gtin)).to_trade_item_detail()
