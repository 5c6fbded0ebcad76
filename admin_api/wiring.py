"""What the API process is made of: the domains, where they are mounted, and what they share."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from redis.asyncio import Redis

from product_platform import account, brands, compliance, dashboard, digital_link, products
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Database
from product_platform.kit.events import Events
from product_platform.kit.http import create_domain_app
from product_platform.kit.jobs import Handler
from product_platform.kit.mail import make_mailer
from product_platform.kit.services import Services
from product_platform.kit.settings import PlatformSettings
from product_platform.kit.storage import FolderStorage

JOB_HANDLERS: Mapping[str, Handler] = {**account.JOBS, **products.JOBS}
"""Who does the jobs of each kind."""


@dataclass(frozen=True, slots=True)
class Domain:
    """One API: its name, the path it is mounted at, and the application that serves it."""

    name: str
    mount: str
    app: FastAPI


def create_domains() -> list[Domain]:
    """Return every API there is, by name. What is mounted and what is listed both come from here."""
    return [
        Domain("account", "/account/api/v1", create_domain_app("Account", account.router)),
        Domain("brands", "/brands/api/v1", create_domain_app("Brands", brands.router)),
        Domain("compliance", "/compliance/api/v1", create_domain_app("Compliance", compliance.router)),
        Domain("dashboard", "/dashboard/api/v1", create_domain_app("Dashboard", dashboard.router)),
        Domain("products", "/products/api/v1", create_domain_app("Products", products.router)),
        Domain("resolver", "/resolver/api/v1", create_domain_app("Resolver", digital_link.router)),
    ]


def create_events() -> Events:
    """Return who wants to hear of what. Whatever hangs on something else is told before that."""
    events = Events()
    for domain in (digital_link, products, brands):
        domain.subscribe(events)
    return events


@asynccontextmanager
async def open_services(settings: PlatformSettings | None = None) -> AsyncIterator[Services]:
    """Open what the process shares, as *settings* or its environment say, and close it at the end."""
    settings, clock = settings or PlatformSettings(), SystemClock()
    storage = FolderStorage(settings.storage_dir)
    database = await Database.open(settings.database_url)
    try:
        async with Redis.from_url(settings.redis_url) as bus:
            yield Services(
                database=database,
                clock=clock,
                settings=settings,
                bus=bus,
                storage=storage,
                events=create_events(),
                mailer=make_mailer(settings, clock, storage),
            )
    finally:
        await database.close()
