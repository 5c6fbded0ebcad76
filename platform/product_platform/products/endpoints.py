"""The API of products, mounted at /products/api/v1."""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Body, Header, Query, status
from starlette.responses import Response

from product_platform.kit.http import ConnectionDep, PrincipalDep, ServicesDep
from product_platform.kit.ids import ShortId
from product_platform.kit.pagination import Page, PageDep
from product_platform.products.models import Product
from product_platform.products.schemas import (
    ClaimIn,
    ClaimStatus,
    CodeFormat,
    DigitalLinkParseIn,
    DigitalLinkParseOut,
    Gtin,
    ProductClaimOut,
    ProductCreate,
    ProductOut,
    ProductPatch,
    QrIn,
)
from product_platform.products.service import Products, parse_digital_link, render_qr, to_uri

router = APIRouter(tags=["products"])

MEDIA_TYPES = {CodeFormat.SVG: "image/svg+xml", CodeFormat.PNG: "image/png"}
# The same body gives the same image for ever; a month is what the contract promises.
CODE_CACHE_CONTROL = "public, max-age=2592000"

OptionalClaim = Annotated[ClaimIn | None, Body()]


@router.get("/products")
async def list_products(
    organization_id: Annotated[ShortId, Query()],
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
    query: PageDep,
) -> Page[ProductOut]:
    """List the products that an organization claims, the newest claim first."""
    page = await Products(services.clock).list_products(
        connection, query, principal=principal, organization_id=organization_id
    )
    return page.map(Product.to_out)


@router.post("/products", status_code=status.HTTP_201_CREATED)
async def create_product(
    body: ProductCreate, principal: PrincipalDep, services: ServicesDep, connection: ConnectionDep
) -> ProductOut:
    """Create a product and claim it."""
    product = await Products(services.clock).create(connection, body, principal=principal)
    return product.to_out()


@router.get("/products/{gtin}")
async def get_product(
    gtin: Gtin, _principal: PrincipalDep, services: ServicesDep, connection: ConnectionDep
) -> ProductOut:
    """Show one product, whoever claims it."""
    return (await Products(services.clock).get(connection, gtin)).to_out()


@router.patch("/products/{gtin}")
async def patch_product(
    gtin: Gtin,
    body: ProductPatch,
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
) -> ProductOut:
    """Change what its owner says of a product."""
    product = await Products(services.clock).patch(connection, gtin, principal=principal, body=body)
    return product.to_out()


@router.post("/products/{gtin}/claim")
async def claim_product(
    gtin: Gtin,
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
    body: OptionalClaim = None,
) -> ProductClaimOut:
    """Claim a product that nobody claims."""
    product = await Products(services.clock).claim(
        connection, gtin, principal=principal, organization_id=_organization_of(body)
    )
    return ProductClaimOut(
        gtin=gtin,
        owner_id=product.owner_id,
        claimed_at=product.claimed_at,
        claim_verification_status=product.claim_verification_status or ClaimStatus.UNVERIFIED,
        message=f"Your organization claims the product {gtin}.",
    )


@router.post("/products/{gtin}/unclaim")
async def unclaim_product(
    gtin: Gtin,
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
    body: OptionalClaim = None,
) -> ProductOut:
    """Give a claim up, and leave the product resolvable."""
    product = await Products(services.clock).release(
        connection, gtin, principal=principal, organization_id=_organization_of(body), switch_off=False
    )
    return product.to_out()


@router.delete("/products/{gtin}")
async def delete_product(
    gtin: Gtin,
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
    body: OptionalClaim = None,
) -> ProductOut:
    """Give a claim up and switch the product's resolution off; its record stays."""
    product = await Products(services.clock).release(
        connection, gtin, principal=principal, organization_id=_organization_of(body), switch_off=True
    )
    return product.to_out()


@router.post(
    "/qr/",
    response_class=Response,
    responses={200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}}, 304: {}},
)
async def create_qr(
    body: QrIn,
    _principal: PrincipalDep,
    services: ServicesDep,
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """Draw the QR code of a product, a lot or a serial."""
    uri = to_uri(services.settings.base_url, body)
    image = render_qr(uri, body.format, size_px=body.size, xdim_mm=body.xdim_mm)
    etag = f'"{sha256(image).hexdigest()[:32]}"'
    headers = {"Cache-Control": CODE_CACHE_CONTROL, "ETag": etag}
    if _names(if_none_match, etag):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(image, headers=headers, media_type=MEDIA_TYPES[body.format])


@router.post("/digital-link/parse")
async def parse_link(body: DigitalLinkParseIn, _principal: PrincipalDep) -> DigitalLinkParseOut:
    """Tell what a URL says as a Digital Link; one that is none is an answer too."""
    return parse_digital_link(body.url)


def _organization_of(body: ClaimIn | None) -> ShortId | None:
    return None if body is None else body.organization_id


def _names(if_none_match: str, etag: str) -> bool:
    """Tell whether the header `If-None-Match` names this version, or any."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in tags or "*" in tags
