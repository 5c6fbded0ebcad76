"""The pages under /docs, and the files that they need, all of them from this very server."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from admin_api.wiring import Domain
from product_platform.kit.openapi import REFUSALS
from product_platform.kit.services import Services

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
# The name of a file changes with its content, so whoever has it need never ask again.
_FOR_EVER: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}

_SOURCES: Final = {
    "swagger-ui-bundle.js": "fastapi_swagger.resources",
    "swagger-ui.css": "fastapi_swagger.resources",
    "reference.js": "admin_api.reference",
    "reference.css": "admin_api.reference",
}
_MEDIA_TYPES: Final = {"js": "text/javascript", "css": "text/css"}

_TEMPLATES: Final = Environment(
    loader=PackageLoader("admin_api.reference"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


class _Assets:
    """The scripts and styles, each under a name that says what is in it."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[bytes, str]] = {}
        self.urls: dict[str, str] = {}
        for name, package in _SOURCES.items():
            folder = files(package)
            content = (folder / "assets" / name if package == __package__ else folder / name).read_bytes()
            stem, _, extension = name.rpartition(".")
            served = f"{stem}.{blake2b(content, digest_size=6).hexdigest()}.{extension}"
            self._files[served] = content, _MEDIA_TYPES[extension]
            self.urls[name] = f"/docs/assets/{served}"

    async def answer(self, request: Request) -> Response:
        """Return the file that the path names."""
        found = self._files.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return Response(found[0], headers=_FOR_EVER, media_type=found[1])


def create_reference_routes(domains: Sequence[Domain]) -> list[Route]:
    """Return the routes of the reference of *domains*."""
    assets = _Assets()
    by_name = {domain.name: domain for domain in domains}

    def render(template: str, **values: Any) -> Response:
        text = _TEMPLATES.get_template(template).render(domains=domains, assets=assets.urls, **values)
        return HTMLResponse(text, headers=_HEADERS)

    async def answer_index(_request: Request) -> Response:
        return render("index.html", counts={domain.name: _count(domain) for domain in domains})

    async def answer_domain(request: Request) -> Response:
        domain = by_name.get(request.path_params["name"])
        if domain is None:
            raise HTTPException(404)
        services: Services = request.app.state.services
        return render("domain.html", domain=domain, base_url=services.settings.base_url)

    async def answer_error(request: Request) -> Response:
        refusal = _ERRORS.get(request.path_params["code"])
        if refusal is None:
            raise HTTPException(404)
        return render("error.html", **refusal)

    return [
        Route("/docs", answer_index),
        Route("/docs/assets/{name}", assets.answer),
        Route("/docs/errors/{code}", answer_error),
        Route("/docs/{name}", answer_domain),
    ]


def _count(domain: Domain) -> int:
    paths: Mapping[str, Any] = domain.app.openapi()["paths"]
    return sum(len(operations) for operations in paths.values())


_ERRORS: Final = {
    code.lower(): {"code": code, "status": status, "title": HTTPStatus(status).phrase, "when": when}
    for status, (code, when) in REFUSALS.items()
}
