"""What one process shares between all its requests and tasks."""

from dataclasses import dataclass

from redis.asyncio import Redis

from product_platform.kit.clock import Clock
from product_platform.kit.db import Database
from product_platform.kit.events import Events
from product_platform.kit.settings import PlatformSettings
from product_platform.kit.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The database, the clock, the settings, the files, the bus of what is published, and events."""

    database: Database
    clock: Clock
    settings: PlatformSettings
    bus: Redis
    storage: Storage
    events: Events
