"""One edge worker: its parts, put together from the settings, and the tasks that live beside requests."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from resolver import handover
from resolver.counted import Counted
from resolver.description import DESCRIPTION_PATH, describe
from resolver.edge import Edge
from resolver.exposition import MEDIA_TYPE
from resolver.garbage import settle_collector
from resolver.heartbeat import Heartbeat
from resolver.holder import Holder
from resolver.lifeline import die_with_parent
from resolver.limits import Limiter
from resolver.metrics import Metrics
from resolver.patience import Patience
from resolver.profiles import PROFILES
from resolver.readiness import Readiness
from resolver.refresh import Refresher
from resolver.relay import Relay
from resolver.scans import ScanReporter
from resolver.settings import EdgeSettings
from resolver.slots import Slots
from resolver.spool import Spool
from resolver.status import read_status
from resolver.table_store import TableStore
from resolver.verification import Verifier
from resolver.worker import Worker

_REDIS_SECONDS = 2.0
# A caller waits for the answer: rather count alone than make them wait longer.
_LIMIT_REDIS_SECONDS = 0.25

VERIFICATIONS_PER_HOUR = 60
"""How many serials one client may verify without a key."""


def create_app() -> Edge:
    """Return the edge that the environment describes; Granian calls this in each worker."""
    return create_edge(EdgeSettings())


def create_edge(settings: EdgeSettings) -> Edge:
    """Return the edge that *settings* describe, not yet started."""
    holder = Holder(time.time)
    redis = _open_redis(settings.redis_url)
    spool = Spool(settings.data_dir / "scans")
    scans = ScanReporter(redis, spool)
    store = TableStore(settings.table_dir)
    refresher = Refresher(holder, store, redis_url=settings.redis_url)
    heartbeat = Heartbeat(redis, holder)
    readiness = Readiness(holder)
    relay = Relay(settings.api_socket, settings)
    limit_redis = _open_redis(settings.redis_url, seconds=_LIMIT_REDIS_SECONDS, retry=Retry(NoBackoff(), 0))
    limiter = Limiter(
        limit_redis, limit=VERIFICATIONS_PER_HOUR, window_s=3600, workers=settings.workers, now=time.time
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        die_with_parent()
        await refresher.settle()
        async with _beside(scans.run(), refresher.run(), heartbeat.run(), metrics.run()):
            settle_collector()
            readiness.begin()
            handover.start(readiness.end)
            yield
        await relay.aclose()
        for client in filter(None, (redis, limit_redis)):
            await client.aclose()

    app = Starlette(lifespan=lifespan)
    app.router.default = Verifier(holder, limiter, settings, api=Patience(relay), now=time.time)
    cold = Counted(app)
    edge = Edge(settings, holder, cold, now=time.time, record=scans.record, mend=refresher.mend)
    worker = Worker(edge.tally, cold.statuses, holder, refresher, scans)
    metrics = Metrics(worker, Slots(settings.data_dir / "metrics"), store, spool, now=time.time)
    app.routes.extend(_cold_routes(settings, worker, metrics, readiness))
    return edge


@asynccontextmanager
async def _beside(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do *works* beside the block, and end them one after the other."""
    tasks = [asyncio.create_task(work) for work in works]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _open_redis(url: str | None, *, seconds: float = _REDIS_SECONDS, **options: Any) -> Redis | None:
    if url is None:
        return None
    return Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds, **options)


def _cold_routes(
    settings: EdgeSettings, worker: Worker, metrics: Metrics, readiness: Readiness
) -> list[Route]:
    profile = PROFILES[settings.resolution_profile]

    async def describe_resolver(request: Request) -> Response:
        description = orjson.dumps(describe(request.scope["host"].root, profile))
        headers = {"access-control-allow-origin": "*", "cache-control": "public, max-age=3600"}
        return Response(description, media_type="application/json", headers=headers)

    async def tell_status(_request: Request) -> Response:
        body = orjson.dumps(read_status(worker))
        return Response(body, media_type="application/json", headers={"cache-control": "no-store"})

    async def tell_metrics(_request: Request) -> Response:
        headers = {"cache-control": "no-store", "signpost-worker": str(os.getpid())}
        try:
            return Response(await metrics.render(), media_type=MEDIA_TYPE, headers=headers)
        except OSError as error:
            return PlainTextResponse(f"the data folder cannot be used: {error.strerror}", 503, headers)

    async def tell_health(_request: Request) -> Response:
        return PlainTextResponse("ok")

    async def tell_readiness(_request: Request) -> Response:
        is_ready = readiness.is_ready
        return PlainTextResponse("ready" if is_ready else "not ready", 200 if is_ready else 503)

    return [
        Route(DESCRIPTION_PATH.decode(), describe_resolver),
        Route("/status", tell_status),
        Route("/metrics", tell_metrics),
        Route("/healthz", tell_health),
        Route("/readyz", tell_readiness),
    ]
