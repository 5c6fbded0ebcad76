"""Endpoints that draw codes, and the one that reads what a scanned code said."""

from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Header, status
from starlette.responses import Response

from product_platform.kit.http import PrincipalDep, ServicesDep
from product_platform.products.errors import InkMissingError, InstanceMissingError
from product_platform.products.schemas.codes import (
    BarcodeIn,
    CodeFormat,
    DataMatrixIn,
    DigitalLinkParseIn,
    DigitalLinkParseOut,
    QrIn,
)
from product_platform.products.service import parse_digital_link
from product_platform.products.service.codes import (
    Layout,
    choose_carrier,
    render_barcode,
    render_data_matrix,
    render_qr,
    to_elements,
    to_uri,
)

router = APIRouter()

MEDIA_TYPES = {
    CodeFormat.SVG: "image/svg+xml",
    CodeFormat.PNG: "image/png",
    CodeFormat.PDF: "application/pdf",
    CodeFormat.EPS: "application/postscript",
    CodeFormat.TIF: "image/tiff",
}
# The same body gives the same image for ever; a month is what the contract promises.
CODE_CACHE_CONTROL = "public, max-age=2592000"

_IMAGES: dict[int | str, dict[str, Any]] = {
    200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}},
    304: {},
}
IfNoneMatch = Annotated[str, Header(alias="If-None-Match")]


@router.post("/qr/", response_class=Response, responses=_IMAGES)
def create_qr(
    body: QrIn, _principal: PrincipalDep, services: ServicesDep, if_none_match: IfNoneMatch = ""
) -> Response:
    """Draw the QR code of a product, a lot or a serial."""
    if body.cmyk and body.format is not CodeFormat.EPS:
        raise InkMissingError
    uri = to_uri(services.settings.base_url, body.gtin, body)
    image = render_qr(uri, body.format, size_px=body.size, xdim_mm=body.xdim_mm, cmyk=body.cmyk)
    return _answer(image, body.format, if_none_match)


@router.post("/barcode/", response_class=Response, responses=_IMAGES)
def create_barcode(body: BarcodeIn, _principal: PrincipalDep, if_none_match: IfNoneMatch = "") -> Response:
    """Draw the linear barcode of a product."""
    carrier = choose_carrier(body.gtin, body.barcode_type)
    layout = Layout(**body.model_dump(exclude={"gtin", "barcode_type", "format"}))
    return _answer(render_barcode(carrier, layout, body.format), body.format, if_none_match)


@router.post("/datamatrix/", response_class=Response, responses=_IMAGES)
def create_data_matrix(
    body: DataMatrixIn, _principal: PrincipalDep, if_none_match: IfNoneMatch = ""
) -> Response:
    """Draw the GS1 DataMatrix of a lot or a serial."""
    if body.lot is None and body.serial is None:
        raise InstanceMissingError
    image = render_data_matrix(to_elements(body.gtin, body), body.format)
    return _answer(image, body.format, if_none_match)


@router.post("/digital-link/parse")
async def parse_link(body: DigitalLinkParseIn, _principal: PrincipalDep) -> DigitalLinkParseOut:
    """Tell what a URL says as a Digital Link; one that is none is an answer too."""
    return parse_digital_link(body.url)


def _answer(image: bytes, image_format: CodeFormat, if_none_match: str) -> Response:
    etag = f'"{sha256(image).hexdigest()[:32]}"'
    headers = {"Cache-Control": CODE_CACHE_CONTROL, "ETag": etag}
    if _names(if_none_match, etag):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(image, headers=headers, media_type=MEDIA_TYPES[image_format])


def _names(if_none_match: str, etag: str) -> bool:
    """Tell whether the header `If-None-Match` names this version, or any."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in tags or "*" in tags
