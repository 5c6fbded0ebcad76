"""How stored files are answered: as what they are called, and never as a page that can act."""

from collections.abc import Mapping
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from product_platform.kit.services import Services
from product_platform.kit.storage import PUBLIC, FileMissingError, MalformedKeyError, StoredFile

FILES_PATH: Final = "/files"
"""Where anybody may fetch public files."""

_MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".csv": "text/csv; charset=utf-8",
    ".gif": "image/gif",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
_UNKNOWN: Final = "application/octet-stream"
# A browser may show these in place; everything else it saves.
_SHOWN: Final = frozenset({".gif", ".jpg", ".png", ".svg", ".webp"})
# An image that somebody opens by itself is a page of our host: one that runs and loads nothing.
_HARMLESS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}
_FOR_EVERYBODY: Final[Mapping[str, str]] = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_FOR_ONE: Final[Mapping[str, str]] = {
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def to_public_url(base_url: str, key: str) -> str:
    """Return the URL at which anybody may fetch the public file *key*."""
    return f"{base_url}{FILES_PATH}/{key.removeprefix(PUBLIC)}"


def answer_file(file: StoredFile, filename: str) -> Response:
    """Return the answer that gives *file* to one caller, to be saved as *filename*.

    Its ending tells the media type. Nobody keeps the answer but the caller.
    """
    return StreamingResponse(file.chunks, headers={**_describe(file, filename), **_FOR_ONE})


async def serve_public_file(request: Request) -> Response:
    """Answer GET for a path below `FILES_PATH`; 404 for what is not there, or not public."""
    services: Services = request.app.state.services
    key = PUBLIC + request.path_params["key"]
    etag = f'"{blake2b(key.encode(), digest_size=12).hexdigest()}"'  # of the key: its content never changes
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag, **_FOR_EVERYBODY})
    try:
        file = await services.storage.open(key)
    except (FileMissingError, MalformedKeyError):
        raise HTTPException(404) from None
    headers = {**_describe(file, PurePosixPath(key).name), **_FOR_EVERYBODY, "ETag": etag}
    return StreamingResponse(file.chunks, headers=headers)


def _describe(file: StoredFile, filename: str) -> dict[str, str]:
    ending = PurePosixPath(filename).suffix.lower()
    disposition = "inline" if ending in _SHOWN else "attachment"
    return {
        "Content-Type": _MEDIA_TYPES.get(ending, _UNKNOWN),
        "Content-Length": str(file.size_bytes),
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(filename, safe='')}",
        **_HARMLESS,
    }
