"""Where the APIs describe themselves to programs: the catalog of RFC 9727, and the list of skills."""

import hashlib
from collections.abc import Sequence

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from admin_api.wiring import Domain
from product_platform.kit.preconditions import names_weakly
from product_platform.kit.services import Services

_MEDIA_TYPE = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'


def create_discovery_routes(domains: Sequence[Domain]) -> list[Route]:
    """Return the routes under /.well-known, with a catalog of *domains*."""

    async def answer_catalog(request: Request) -> Response:
        services: Services = request.app.state.services
        body = orjson.dumps({"linkset": [_entry(services.settings.base_url, domain) for domain in domains]})
        headers = {
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "Cache-Control": "public, max-age=3600",
        }
        if names_weakly(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers | {"Content-Type": _MEDIA_TYPE})

    return [
        Route("/.well-known/api-catalog", answer_catalog),
        Route("/.well-known/agent-skills/index.json", _answer_skills),
    ]


async def _answer_skills(_request: Request) -> Response:
    return JSONResponse({"skills": []})


def _entry(base_url: str, domain: Domain) -> dict[str, object]:
    anchor = f"{base_url}{domain.mount}/"
    return {
        "anchor": anchor,
        "service-desc": [{"href": f"{anchor}openapi.json", "type": "application/openapi+json"}],
    }
