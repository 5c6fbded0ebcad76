"""Endpoints of many codes at once."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status

from product_platform.kit.files import answer_file
from product_platform.kit.http import PrincipalDep, ServicesDep
from product_platform.kit.ids import ShortId
from product_platform.products.schemas.codes import QrBulkIn, QrBulkOut, QrBulkStatusOut
from product_platform.products.schemas.labels import LabelExportIn, LabelExportOut, LabelExportStatusOut
from product_platform.products.service.labels import Downloads, LabelExports, QrBundles

router = APIRouter()


@router.post("/qr/bulk/", status_code=status.HTTP_202_ACCEPTED)
async def order_qr_bundle(body: QrBulkIn, principal: PrincipalDep, services: ServicesDep) -> QrBulkOut:
    """Have QR codes drawn for up to 5,000 lots or serials of a product."""
    return await QrBundles(services).order(body, principal=principal)


@router.get("/qr/bulk/{task_id}/")
async def get_qr_bundle(task_id: UUID, principal: PrincipalDep, services: ServicesDep) -> QrBulkStatusOut:
    """Tell where a bundle of QR codes stands, and where it can be fetched."""
    return await QrBundles(services).get_status(task_id, principal=principal)


@router.post("/labels/export/", status_code=status.HTTP_202_ACCEPTED)
async def order_labels(body: LabelExportIn, principal: PrincipalDep, services: ServicesDep) -> LabelExportOut:
    """Have labels drawn for lots or serials of an organization."""
    return await LabelExports(services).order(body, principal=principal)


@router.get("/labels/export/{job_id}/")
async def get_labels(job_id: ShortId, principal: PrincipalDep, services: ServicesDep) -> LabelExportStatusOut:
    """Tell how far an export of labels has come, and where it can be fetched."""
    return await LabelExports(services).get_status(job_id, principal=principal)


@router.get("/downloads/{job_id}", response_class=Response, responses={200: {"content": {"*/*": {}}}})
async def download(job_id: ShortId, services: ServicesDep, token: Annotated[str, Query()]) -> Response:
    """Give a file that was made on order to whoever has its link."""
    file, filename = await Downloads(services).open(job_id, token)
    return answer_file(file, filename)
