"""The API of brands, mounted at /brands/api/v1."""

from secrets import token_hex
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, File, Query, Request, UploadFile, status

from product_platform.brands.errors import LogoRefusedError
from product_platform.brands.models import Brand
from product_platform.brands.ports import Shelves, StoreQuery
from product_platform.brands.schemas import (
    BrandCatalogOut,
    BrandCreate,
    BrandDetailOut,
    BrandFilters,
    BrandLocatorOut,
    BrandOut,
    BrandPatch,
    LocatorQuery,
    ProductNameOut,
    StoreOut,
)
from product_platform.brands.service import Brands
from product_platform.kit.http import ConnectionDep, PrincipalDep, ServicesDep
from product_platform.kit.ids import ShortId
from product_platform.kit.images import CleanImage, UnfitImageError, clean_image
from product_platform.kit.pagination import Page, PageDep
from product_platform.kit.storage import PUBLIC

_MAX_LOGO_BYTES = 5 << 20

router = APIRouter(tags=["brands"])


def get_brands(services: ServicesDep) -> Brands:
    """Return the brands of this process."""
    return Brands(services.clock)


def get_shelves(request: Request) -> Shelves:
    """Return what tells of products and shops."""
    shelves: Shelves = request.app.state.shelves
    return shelves


BrandsDep = Annotated[Brands, Depends(get_brands)]
ShelvesDep = Annotated[Shelves, Depends(get_shelves)]


async def read_logo(_principal: PrincipalDep, logo: Annotated[UploadFile, File()]) -> CleanImage:
    """Return the picture that was sent, drawn anew; raises LogoRefusedError."""
    content = await logo.read(_MAX_LOGO_BYTES + 1)
    if len(content) > _MAX_LOGO_BYTES:
        raise LogoRefusedError("It is larger than 5 MiB.", "image_too_large")
    try:
        return await clean_image(content)
    except UnfitImageError as error:
        raise LogoRefusedError(error.message, error.code) from None


# INVARIANT: it stands before the connection among the parameters, so that none is held while a picture
# is drawn, which takes long.
LogoDep = Annotated[CleanImage, Depends(read_logo)]


@router.get("/brands")
async def list_brands(
    _principal: PrincipalDep,
    services: ServicesDep,
    brands: BrandsDep,
    connection: ConnectionDep,
    query: PageDep,
    filters: Annotated[BrandFilters, Query()],
) -> Page[BrandOut]:
    """List active brands, claimed or not."""
    page = await brands.list_brands(connection, query, filters=filters)
    return page.map(lambda brand: brand.to_out(services.settings.base_url))


@router.post("/brands", status_code=status.HTTP_201_CREATED)
async def create_brand(
    body: BrandCreate,
    principal: PrincipalDep,
    services: ServicesDep,
    brands: BrandsDep,
    connection: ConnectionDep,
) -> BrandDetailOut:
    """Create a brand and claim it, or claim the unclaimed brand of the same name."""
    brand = await brands.claim(connection, body, principal=principal, events=services.events)
    return brand.to_detail(services.settings.base_url)


@router.get("/brands/{id}")
async def get_brand(
    id: ShortId,  # noqa: A002 - the contract names the parameter
    _principal: PrincipalDep,
    services: ServicesDep,
    brands: BrandsDep,
    connection: ConnectionDep,
) -> BrandDetailOut:
    """Show one brand."""
    return (await brands.get(connection, id)).to_detail(services.settings.base_url)


@router.patch("/brands/{id}")
async def patch_brand(
    id: ShortId,  # noqa: A002 - the contract names the parameter
    body: BrandPatch,
    principal: PrincipalDep,
    services: ServicesDep,
    brands: BrandsDep,
    connection: ConnectionDep,
) -> BrandDetailOut:
    """Change what a brand's owner says of it."""
    brand = await brands.patch(connection, id, principal=principal, body=body, events=services.events)
    return brand.to_detail(services.settings.base_url)


@router.delete("/brands/{id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_brand(
    id: ShortId,  # noqa: A002 - the contract names the parameter
    principal: PrincipalDep,
    services: ServicesDep,
    brands: BrandsDep,
    connection: ConnectionDep,
) -> None:
    """Delete a brand; its products keep its name, and are nobody's from then on."""
    await brands.delete(connection, id, principal=principal, events=services.events)


@router.post("/brands/{id}/logo")
async def set_logo(
    id: ShortId,  # noqa: A002 - the contract names the parameter
    logo: LogoDep,
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
    later: BackgroundTasks,
) -> BrandDetailOut:
    """Give a brand a logo, a JPEG, PNG, GIF, WebP or SVG of at most 5 MiB, in place of its former one."""
    key = f"{PUBLIC}logos/{token_hex(16)}{logo.ending}"
    brand, former = await Brands(services.clock).set_logo(connection, id, principal=principal, key=key)
    await services.storage.write(key, logo.content)
    if former is not None:
        later.add_task(services.storage.delete, former)  # once it is certain that the new one is there
    return brand.to_detail(services.settings.base_url)


@router.get("/public/brands/{brand_id}/locator")
async def locate_brand(
    brand_id: ShortId,
    services: ServicesDep,
    brands: BrandsDep,
    shelves: ShelvesDep,
    connection: ConnectionDep,
    query: Annotated[LocatorQuery, Query()],
) -> BrandLocatorOut:
    """Tell where a brand is sold, the nearest shop first."""
    brand: Brand = await brands.get(connection, brand_id)
    wanted = StoreQuery(
        lat=query.lat,
        lon=query.lon,
        radius_km=query.radius,
        limit=query.limit,
        product_id=query.product_id,
    )
    stores = await shelves.find_stores(connection, brand_id, wanted)
    return BrandLocatorOut(
        brand=brand.to_summary(services.settings.base_url),
        stores=[StoreOut.model_validate(store) for store in stores],
    )


@router.get("/public/brands/{brand_id}/catalog")
async def list_brand_products(
    brand_id: ShortId,
    services: ServicesDep,
    brands: BrandsDep,
    shelves: ShelvesDep,
    connection: ConnectionDep,
) -> BrandCatalogOut:
    """List the products of a brand by name, all at once."""
    brand: Brand = await brands.get(connection, brand_id)
    names = await shelves.fetch_product_names(connection, brand_id)
    return BrandCatalogOut(
        brand=brand.to_summary(services.settings.base_url),
        products=[ProductNameOut(id=id_, name=name) for id_, name in names],
    )
