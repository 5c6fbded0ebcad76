"""One edge worker: its parts, put together from the settings, and the tasks that live beside requests."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import orjson
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from resolver.description import DESCRIPTION_PATH, describe
from resolver.edge import Edge
from resolver.holder import Holder
from resolver.lifeline import die_with_parent
from resolver.profiles import PROFILES
from resolver.refresh import Refresher
from resolver.relay import Relay
from resolver.resolve import Resolver
from resolver.scans import ScanReporter
from resolver.settings import EdgeSettings
from resolver.spool import Spool
from resolver.status import read_status
from resolver.table_file import TableFile

_REDIS_SECONDS = 2.0


def create_app() -> Edge:
    """Return the edge that the environment describes; Granian calls this in each worker."""
    return create_edge(EdgeSettings())


def create_edge(settings: EdgeSettings) -> Edge:
    """Return the edge that *settings* describe, not yet started."""
    holder = Holder(time.time)
    redis = _open_redis(settings.redis_url)
    scans = ScanReporter(redis, Spool(settings.data_dir / "scans"))
    refresher = Refresher(
        holder,
        TableFile(settings.data_dir / "table"),
        database_url=settings.database_url,
        redis_url=settings.redis_url,
    )
    relay = Relay(settings.api_socket, settings)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        die_with_parent()
        refresher.load_file()
        tasks = [asyncio.create_task(refresher.run()), asyncio.create_task(scans.run())]
        await refresher.settle()
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await relay.aclose()
        if redis is not None:
            await redis.aclose()

    cold = _cold_routes(settings, holder, refresher, scans)
    app = Starlette(routes=cold, lifespan=lifespan)
    app.router.default = relay
    resolver = Resolver(holder, settings, now=time.time, record=scans.record)
    return Edge(settings, holder, resolver, app)


def _open_redis(url: str | None) -> Redis | None:
    if url is None:
        return None
    return Redis.from_url(url, socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS)


def _cold_routes(
    settings: EdgeSettings, holder: Holder, refresher: Refresher, scans: ScanReporter
) -> list[Route]:
    profile = PROFILES[settings.resolution_profile]

    async def describe_resolver(request: Request) -> Response:
        description = orjson.dumps(describe(request.scope["host"].root, profile))
        headers = {"access-control-allow-origin": "*", "cache-control": "public, max-age=3600"}
        return Response(description, media_type="application/json", headers=headers)

    async def tell_status(_request: Request) -> Response:
        body = orjson.dumps(read_status(holder, refresher, scans))
        return Response(body, media_type="application/json", headers={"cache-control": "no-store"})

    async def tell_health(_request: Request) -> Response:
        return PlainTextResponse("ok")

    async def tell_readiness(_request: Request) -> Response:
        return PlainTextResponse(
            "ready" if holder.is_loaded else "no table yet", 200 if holder.is_loaded else 503
        )

    return [
        Route(DESCRIPTION_PATH.decode(), describe_resolver),
        Route("/status", tell_status),
        Route("/healthz", tell_health),
        Route("/readyz", tell_readiness),
    ]
