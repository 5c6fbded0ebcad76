"""The API of compliance, mounted at /compliance/api/v1."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from product_platform.compliance.models import Recall
from product_platform.compliance.ports import Catalogue
from product_platform.compliance.schemas import OpenRecallFilters, RecalledGtin, RecallOut
from product_platform.compliance.service import Recalls
from product_platform.kit.http import ConnectionDep, PrincipalDep
from product_platform.kit.pagination import Page, PageDep

router = APIRouter(tags=["compliance"])


def get_catalogue(request: Request) -> Catalogue:
    """Return what tells which products there are."""
    catalogue: Catalogue = request.app.state.catalogue
    return catalogue


@router.get("/products/{gtin}/recalls")
async def list_open_recalls(
    gtin: RecalledGtin,
    _principal: PrincipalDep,
    connection: ConnectionDep,
    query: PageDep,
    filters: Annotated[OpenRecallFilters, Query()],
    catalogue: Annotated[Catalogue, Depends(get_catalogue)],
) -> Page[RecallOut]:
    """List the recalls of a product that go on, or of which it is not known whether they do.

    A product with one of `CLASS_I` must not be sold or recommended. What is over is listed by the API of
    products alone. Recalls of single lots are listed too; the lots stand in `description`.
    """
    page = await Recalls().list_open(connection, gtin, query, filters=filters, catalogue=catalogue)
    return page.map(Recall.to_out)
