"""Endpoints of single products and of the claims to them."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, status

from product_platform.kit.callers import find_address
from product_platform.kit.http import ConnectionDep, PrincipalDep, ServicesDep
from product_platform.kit.ids import ShortId
from product_platform.kit.pagination import Page, PageDep
from product_platform.products.endpoints.dependencies import ProductConnectionDep
from product_platform.products.models import Product
from product_platform.products.schemas.claims import ClaimIn, ClaimReportIn, ClaimReportOut, ProductClaimOut
from product_platform.products.schemas.fields import ClaimStatus, WrittenGtin
from product_platform.products.schemas.products import ProductCreate, ProductOut, ProductPatch
from product_platform.products.service import Claims, Products

router = APIRouter()

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
    gtin: WrittenGtin, _principal: PrincipalDep, services: ServicesDep, connection: ProductConnectionDep
) -> ProductOut:
    """Show one product, whoever claims it."""
    return (await Products(services.clock).get(connection, gtin)).to_out()


@router.patch("/products/{gtin}")
async def patch_product(
    gtin: WrittenGtin,
    body: ProductPatch,
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ProductConnectionDep,
) -> ProductOut:
    """Change what its owner says of a product."""
    product = await Products(services.clock).patch(connection, gtin, principal=principal, body=body)
    return product.to_out()


@router.post("/products/{gtin}/claim")
async def claim_product(
    gtin: WrittenGtin,
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ProductConnectionDep,
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
    gtin: WrittenGtin,
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ProductConnectionDep,
    body: OptionalClaim = None,
) -> ProductOut:
    """Give a claim up, and leave the product resolvable."""
    product = await Products(services.clock).release(
        connection, gtin, principal=principal, organization_id=_organization_of(body), switch_off=False
    )
    return product.to_out()


@router.delete("/products/{gtin}")
async def delete_product(
    gtin: WrittenGtin,
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ProductConnectionDep,
    body: OptionalClaim = None,
) -> ProductOut:
    """Give a claim up and switch the product's resolution off; its record stays."""
    product = await Products(services.clock).release(
        connection, gtin, principal=principal, organization_id=_organization_of(body), switch_off=True
    )
    return product.to_out()


@router.post("/products/{gtin}/report-claim", status_code=status.HTTP_201_CREATED)
async def report_claim(
    gtin: WrittenGtin,
    body: ClaimReportIn,
    request: Request,
    services: ServicesDep,
    connection: ProductConnectionDep,
) -> ClaimReportOut:
    """Say that a product is claimed by somebody whose it is not."""
    report_id = await Claims(services.clock).report(
        connection, gtin, body, address=find_address(request.scope)
    )
    return ClaimReportOut(id=report_id, gtin=gtin, message="Your report was received. Thank you.")


def _organization_of(body: ClaimIn | None) -> ShortId | None:
    return None if body is None else body.organization_id
