"""The part of the API about serial numbers: verification with a key, and states for their owners."""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request, Response

from product_platform.digital_link.schemas.serials import (
    LineErrorOut,
    SerialStateIn,
    SerialStateOut,
    SerialUploadOut,
    VerificationOut,
)
from product_platform.digital_link.service.serial_states import (
    set_state,
    split_csv,
    split_json_lines,
    upload_states,
)
from product_platform.digital_link.service.verification import Verification, read_thresholds, to_out
from product_platform.kit.dependencies import ConnectionDep, PrincipalDep, ServicesDep
from product_platform.kit.errors import Detail, InvalidError
from product_platform.kit.ids import ShortId
from product_platform.kit.refusals import UnsupportedMediaTypeError
from product_platform.products import Gtin, SerialName, SerialNumber

router = APIRouter()

_SERIALS: Final = "/organizations/{organization_id}/serials"
_SPLITTERS: Final = {"application/x-ndjson": split_json_lines, "text/csv": split_csv}
_UPLOAD: Final = {
    "requestBody": {
        "required": True,
        "content": {media_type: {"schema": {"type": "string"}} for media_type in _SPLITTERS},
    }
}

_GTIN = re.compile(r"[0-9]{8,14}")
_SERIAL = re.compile(r"[\x21-\x7e]{1,20}")


def read_asked(
    request: Request, gtin: Annotated[str, Path()], serial_number: Annotated[str, Path()]
) -> SerialName:
    """Return the serial that a verification asks for, as the path has it."""
    serial_number = _without_slash(request, serial_number)
    if not _GTIN.fullmatch(gtin):
        raise InvalidError([Detail("path.gtin", "A GTIN has 8 to 14 digits.", "invalid_gtin")])
    if not _SERIAL.fullmatch(serial_number):
        message = "A serial number has 1 to 20 printable ASCII characters."
        raise InvalidError([Detail("path.serial_number", message, "invalid_serial")])
    return SerialName(gtin, serial_number)


def read_own(
    request: Request, gtin: Annotated[Gtin, Path()], serial: Annotated[SerialNumber, Path()]
) -> SerialName:
    """Return the serial whose state an owner sets."""
    return SerialName(gtin, _without_slash(request, serial))


AskedDep = Annotated[SerialName, Depends(read_asked)]
OwnDep = Annotated[SerialName, Depends(read_own)]


# A serial may hold a slash, so it is whatever is left of the path.
@router.get("/verify/01/{gtin}/21/{serial_number:path}")  # noqa: FAST003 -- `read_asked` takes them
async def verify_serial(
    asked: AskedDep,
    principal: PrincipalDep,
    services: ServicesDep,
    connection: ConnectionDep,
    response: Response,
) -> VerificationOut:
    """Tell the state of a serial, its history and what is strange about it; without a key the state alone."""
    verification = Verification(services.clock, read_thresholds(services.settings))
    name = SerialName(asked.gtin.zfill(14), asked.serial)
    verified = await verification.verify(connection, name, principal=principal)
    response.headers["Cache-Control"] = "no-store"
    return to_out(asked, verified)


@router.put(f"{_SERIALS}/{{gtin}}/{{serial:path}}")
async def put_serial_state(
    organization_id: ShortId,
    own: OwnDep,
    body: SerialStateIn,
    principal: PrincipalDep,
    connection: ConnectionDep,
) -> SerialStateOut:
    """Set the state of a serial number of an own product; `authentic` takes a former warning back."""
    await set_state(connection, organization_id, name=own, state=body.state, principal=principal)
    return SerialStateOut(gtin=own.gtin, serial=own.serial, state=body.state)


@router.post(f"{_SERIALS}/bulk", openapi_extra=_UPLOAD)
async def upload_serial_states(
    organization_id: ShortId, request: Request, principal: PrincipalDep, connection: ConnectionDep
) -> SerialUploadOut:
    """Set the states of up to 10,000 serial numbers, from NDJSON or CSV with `gtin`, `serial`, `state`."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    split = _SPLITTERS.get(media_type)
    if split is None:
        raise UnsupportedMediaTypeError("Send the lines as application/x-ndjson or text/csv.")
    lines = split(await request.body())
    report = await upload_states(connection, organization_id, lines=lines, principal=principal)
    errors = [
        LineErrorOut(line=line, field=detail.field, message=detail.message, code=detail.code)
        for line, detail in report.problems
    ]
    return SerialUploadOut(lines=report.lines, changed=report.changed, errors=errors)


def _without_slash(request: Request, value: str) -> str:
    """Return the last part of a path without the slash that may end any path of the API."""
    return value.removesuffix("/") if request.scope["raw_path"].endswith(b"/") else value
