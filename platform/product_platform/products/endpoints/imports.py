"""Endpoints that take whole catalogues."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Header, Response, UploadFile, status

from product_platform.kit.http import PrincipalDep, ServicesDep
from product_platform.kit.ids import ShortId
from product_platform.products.errors import FileTooLargeError
from product_platform.products.schemas.imports import ImportResultOut, ImportStatusOut
from product_platform.products.service.csv_import import MAX_FILE_BYTES, TEMPLATE, Imports

router = APIRouter()


@router.post(
    "/import/csv",
    response_model=ImportResultOut,
    responses={202: {"model": ImportStatusOut, "description": "The import goes on; ask its poll_url."}},
)
async def import_csv(
    principal: PrincipalDep,
    services: ServicesDep,
    file: Annotated[UploadFile, File(description="CSV in UTF-8, of 10 MiB and 10,000 rows at most.")],
    organization_id: Annotated[ShortId | None, Form()] = None,
    prefer: Annotated[str, Header()] = "",
) -> ImportResultOut | Response:
    """Store the products of a CSV file as the claims of an organization, and tell what became of each row.

    With `Prefer: respond-async` the answer is 202 at once, and tells where to ask. An import goes on
    whatever becomes of the request, and its rows are never stored twice.
    """
    content = await file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise FileTooLargeError(MAX_FILE_BYTES)
    imports = Imports(services)
    waits = "respond-async" not in prefer
    job_id = await imports.start(
        content, principal=principal, organization_id=organization_id, is_reserved=waits
    )
    if waits:
        await imports.finish(job_id)
    found = await imports.get_status(job_id, principal=principal)
    if found.result is not None:
        return found.result
    return Response(
        found.model_dump_json(),
        status_code=status.HTTP_202_ACCEPTED,
        headers={"Location": found.poll_url},
        media_type="application/json",
    )


@router.get("/import/csv/{job_id}")
async def get_import(job_id: ShortId, principal: PrincipalDep, services: ServicesDep) -> ImportStatusOut:
    """Tell how far an import has come, and what came out."""
    return await Imports(services).get_status(job_id, principal=principal)


@router.get("/import/template", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
async def get_template() -> Response:
    """Give a file to begin from: a header and two rows as examples."""
    headers = {"Content-Disposition": 'attachment; filename="products.csv"'}
    return Response(TEMPLATE, media_type="text/csv", headers=headers)
