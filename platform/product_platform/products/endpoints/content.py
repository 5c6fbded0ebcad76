"""Endpoints of what is known of a product beside its record."""

from typing import Annotated

from fastapi import APIRouter, Query

from product_platform.compliance import RecallFilters, RecallOut
from product_platform.kit.http import PrincipalDep, ServicesDep
from product_platform.kit.listing import QueryBool
from product_platform.kit.pagination import Page, PageDep
from product_platform.products.endpoints.dependencies import ProductConnectionDep
from product_platform.products.schemas.attested import (
    CertificationAssignmentOut,
    CertificationFilters,
    ClaimAssignmentOut,
)
from product_platform.products.schemas.content import ImageOut, IngredientOut, Nutrition, ProductContentOut
from product_platform.products.schemas.fields import WrittenGtin
from product_platform.products.service import Content

router = APIRouter()


@router.get("/products/{gtin}/content")
async def get_content(
    gtin: WrittenGtin, principal: PrincipalDep, services: ServicesDep, connection: ProductConnectionDep
) -> ProductContentOut:
    """Show all pictures, ingredients, nutrition, certifications, claims and recalls of a product at once."""
    return await Content(services.clock).get(connection, gtin, principal=principal)


@router.get("/products/{gtin}/images")
async def list_images(
    gtin: WrittenGtin,
    _principal: PrincipalDep,
    services: ServicesDep,
    connection: ProductConnectionDep,
    query: PageDep,
) -> Page[ImageOut]:
    """List the pictures of a product, the primary one first."""
    return await Content(services.clock).list_images(connection, gtin, query)


@router.get("/products/{gtin}/ingredients")
async def list_ingredients(
    gtin: WrittenGtin,
    _principal: PrincipalDep,
    services: ServicesDep,
    connection: ProductConnectionDep,
    query: PageDep,
    is_major_allergen: Annotated[QueryBool | None, Query()] = None,
) -> Page[IngredientOut]:
    """List the ingredients of a product in the order of its label."""
    return await Content(services.clock).list_ingredients(
        connection, gtin, query, is_major_allergen=is_major_allergen
    )


@router.get("/products/{gtin}/nutrition")
async def get_nutrition(
    gtin: WrittenGtin, _principal: PrincipalDep, services: ServicesDep, connection: ProductConnectionDep
) -> Nutrition:
    """Show the nutrition panel of a product."""
    return await Content(services.clock).get_nutrition(connection, gtin)


@router.get("/products/{gtin}/certifications")
async def list_certifications(
    gtin: WrittenGtin,
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ProductConnectionDep,
    query: PageDep,
    filters: Annotated[CertificationFilters, Query()],
) -> Page[CertificationAssignmentOut]:
    """List the certifications of a product."""
    return await Content(services.clock).list_certifications(
        connection, gtin, query, filters=filters, principal=principal
    )


@router.get("/products/{gtin}/claims")
async def list_claims(
    gtin: WrittenGtin,
    _principal: PrincipalDep,
    services: ServicesDep,
    connection: ProductConnectionDep,
    query: PageDep,
) -> Page[ClaimAssignmentOut]:
    """List the claims that the label of a product makes."""
    return await Content(services.clock).list_claims(connection, gtin, query)


@router.get("/products/{gtin}/recalls")
async def list_recalls(
    gtin: WrittenGtin,
    _principal: PrincipalDep,
    services: ServicesDep,
    connection: ProductConnectionDep,
    query: PageDep,
    filters: Annotated[RecallFilters, Query()],
) -> Page[RecallOut]:
    """List the recalls that concern a product, also those that are over."""
    return await Content(services.clock).list_recalls(connection, gtin, query, filters=filters)
