"""Bodies as forms, for objects with metadata: `metadata[k]=v` sets a key, `metadata[k]=` deletes it.

A form is read as the JSON that says the same, so that an endpoint knows nothing of it.
"""

from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from product_platform.kit.bodies import read_body, replay_body
from product_platform.kit.errors import BadRequestError
from product_platform.kit.metadata import read_pair
from product_platform.kit.operations import Operation, find_operation

FORM: Final = "application/x-www-form-urlencoded"
_METADATA: Final = "metadata"


class FormMiddleware:
    """Turn a form into JSON where the body that is expected has metadata."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        operation = find_operation(scope)
        if operation is not None and takes_form(operation) and _is_form(scope):
            body = await read_body(receive)
            # Some clients call everything a form that they are not told the type of. As one, JSON
            # would be an unknown field, and a success that does nothing.
            if not body.lstrip().startswith((b"{", b"[")):
                body = _to_json(body)
                headers = MutableHeaders(raw=list(scope["headers"]))
                headers["content-type"], headers["content-length"] = "application/json", str(len(body))
                scope = {**scope, "headers": headers.raw}
            receive = replay_body(body, receive)
        await self._app(scope, receive, send)


def takes_form(operation: Operation) -> bool:
    """Tell whether the body of *operation* has metadata, and so may be a form."""
    parameters = operation.dependant.body_params if operation.dependant is not None else []
    bodies = [parameter.field_info.annotation for parameter in parameters]
    return any(
        isinstance(body, type) and issubclass(body, BaseModel) and _METADATA in body.model_fields
        for body in bodies
    )


def _is_form(scope: Scope) -> bool:
    content_type = Headers(scope=scope).get("content-type", "")
    return content_type.partition(";")[0].strip().lower() == FORM


def _to_json(form: bytes) -> bytes:
    try:
        pairs = parse_qsl(form.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        raise BadRequestError("The form is no text in UTF-8.") from None
    fields: dict[str, Any] = {}
    metadata: dict[str, str] = {}
    for name, value in pairs:
        if key := read_pair(name):
            metadata[key] = value
        else:
            fields[name] = value
    if metadata:
        fields[_METADATA] = metadata
    elif fields.get(_METADATA) == "":
        fields[_METADATA] = {}
    return orjson.dumps(fields)
