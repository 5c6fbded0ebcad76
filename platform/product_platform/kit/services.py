"""What one process shares between all its requests and tasks."""

from dataclasses import dataclass

from redis.asyncio import Redis

from product_platform.kit.clock import Clock
from product_platform.kit.db import Database
from product_platform.kit.events import Events
from product_platform.kit.mail import Mailer
from product_platform.kit.settings import PlatformSettings
from product_platform.kit.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The database, clock, settings, files, the bus of what is published, events, and mail."""

    database: Database
    clock: Clock
    settings: PlatformSettings
    bus: Redis
    storage: Storage
    events: Events
    mailer: Mailer
