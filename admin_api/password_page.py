"""The page at which a person sets a password, by the link of a mail."""

import base64
import hashlib
import re
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_PAGE: Final = (files("admin_api") / "password_page.html").read_bytes()


def _hash_of(tag: str) -> str:
    found = re.search(rf"<{tag}>(.*?)</{tag}>".encode(), _PAGE, re.DOTALL)
    assert found is not None  # noqa: S101  # the page is ours
    return f"'sha256-{base64.b64encode(hashlib.sha256(found[1]).digest()).decode()}'"


# The page runs its own script and no other, speaks to this host alone, and shows in no frame.
_HEADERS: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; script-src {_hash_of('script')}; style-src {_hash_of('style')}; "
        "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


async def show_password_page(_request: Request) -> Response:
    """Answer with the page; the token of the link is behind `#`, and never comes here by itself."""
    return Response(_PAGE, headers=_HEADERS, media_type="text/html; charset=utf-8")
