"""The API of brands, mounted at /brands/api/v1."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from product_platform.brands.schemas import (
    BrandCreate,
    BrandDetailOut,
    BrandFilters,
    BrandOut,
    BrandPatch,
)
from product_platform.brands.service import Brands
from product_platform.kit.http import ConnectionDep, PrincipalDep, ServicesDep
from product_platform.kit.ids import ShortId
from product_platform.kit.pagination import Page, PageDep

router = APIRouter(tags=["brands"])


@router.get("/brands")
async def list_brands(
    _principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
    query: PageDep,
    filters: Annotated[BrandFilters, Query()],
) -> Page[BrandOut]:
    """List active brands, claimed or not."""
    page = await Brands(services.clock).list_brands(connection, query, filters=filters)
    return page.map(BrandOut.model_validate)


@router.post("/brands", status_code=status.HTTP_201_CREATED)
async def create_brand(
    body: BrandCreate, principal: PrincipalDep, services: ServicesDep, connection: ConnectionDep
) -> BrandDetailOut:
    """Create a brand and claim it, or claim the unclaimed brand of the same name."""
    brand = await Brands(services.clock).claim(connection, body, principal=principal)
    return BrandDetailOut.model_validate(brand)


@router.get("/brands/{id}")
async def get_brand(
    id: ShortId,  # noqa: A002 - the contract names the parameter
    _principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
) -> BrandDetailOut:
    """Show one brand."""
    return BrandDetailOut.model_validate(await Brands(services.clock).get(connection, id))


@router.patch("/brands/{id}")
async def patch_brand(
    id: ShortId,  # noqa: A002 - the contract names the parameter
    body: BrandPatch,
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
) -> BrandDetailOut:
    """Change what a brand's owner says of it."""
    brand = await Brands(services.clock).patch(connection, id, principal=principal, body=body)
    return BrandDetailOut.model_validate(brand)
