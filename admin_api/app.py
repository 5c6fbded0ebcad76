"""The API process as one ASGI application: every domain under its mount, behind one authentication."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from admin_api.auth import AuthenticationMiddleware
from admin_api.explain import LocalEdge
from admin_api.logs import configure_logs
from admin_api.openapi import create_discovery_routes
from admin_api.password_page import show_password_page
from admin_api.reference import create_reference_routes
from admin_api.shelves import CatalogueShelves
from admin_api.wiring import Domain, create_domains, open_services
from product_platform.account import PASSWORD_PATH
from product_platform.digital_link import HttpUrlCheck
from product_platform.kit.dns import DnsTxtLookup
from product_platform.kit.files import FILES_PATH, serve_public_file
from product_platform.kit.middleware import RequestMiddleware
from product_platform.kit.rate_limits import RateLimiter, RateLimitMiddleware
from product_platform.kit.refusals import install_handlers
from product_platform.kit.routing import RoutingMiddleware
from product_platform.kit.services import Services
from product_platform.kit.ssrf import Guard
from product_platform.products import Products
from resolver import handover
from resolver.lifeline import die_with_parent
from resolver.patience import Patience
from resolver.settings import EdgeSettings

OpenServices = Callable[[], AbstractAsyncContextManager[Services]]


def create_app(open_services: OpenServices = open_services) -> Starlette:
    """Return the application; its lifespan opens the services and closes them."""
    configure_logs()
    domains = create_domains()
    mounts = [Mount(domain.mount, app=domain.app) for domain in domains]
    app = Starlette(
        routes=[
            *mounts,
            *create_discovery_routes(domains),
            *create_reference_routes(domains),
            Route(f"{FILES_PATH}/{{key:path}}", serve_public_file),
            Route(PASSWORD_PATH, show_password_page),
            Route("/healthz", _answer_health),
        ],
        middleware=[
            Middleware(RequestMiddleware),
            Middleware(Patience),
            Middleware(RoutingMiddleware),
            Middleware(AuthenticationMiddleware),
            Middleware(RateLimitMiddleware),
        ],
        lifespan=_lifespan(domains, open_services),
    )
    app.router.redirect_slashes = False
    install_handlers(app)
    return app


def _lifespan(
    domains: list[Domain], open_services: OpenServices
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        die_with_parent()
        async with open_services() as services:
            txt_lookup = DnsTxtLookup(services.settings.dns_server)
            url_check = HttpUrlCheck(Guard(services.settings.outgoing_networks))
            edge = LocalEdge(EdgeSettings())
            rate_limiter = RateLimiter(services.bus, services.clock)
            # A mounted application has no lifespan of its own: nobody runs it.
            for owner in (app, *(domain.app for domain in domains)):
                owner.state.services = services
                owner.state.rate_limiter = rate_limiter
                owner.state.txt_lookup = txt_lookup
                owner.state.url_check = url_check
                owner.state.edge = edge
                owner.state.shelves = CatalogueShelves()
                owner.state.catalogue = Products(services.clock)
            handover.start(lambda: None)  # no balancer asks this process
            yield

    return lifespan


async def _answer_health(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})
