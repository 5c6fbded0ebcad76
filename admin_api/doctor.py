"""What `signpost doctor` looks at: each check says how things are and, when they are wrong, what to do."""

import os
import platform
import shutil
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from admin_api.embedded.lock import is_held
from admin_api.embedded.places import up_lock_path
from admin_api.embedded.postgres import Postgres, find_newest_binaries
from admin_api.embedded.server import EmbeddedServerError
from admin_api.embedded.valkey import Valkey, find_binary
from admin_api.settings import UpSettings
from product_platform.kit.migrations import read_migrations

OLDEST_POSTGRES = 15
OLDEST_REDIS = (6, 2)
_MAX_CLOCK_DIFFERENCE_S = 2.0
_LEAST_FREE_BYTES = 1_000_000_000
_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing is; *advice* says what to do and is empty when all is well."""

    subject: str
    state: str
    advice: str = ""


async def examine(settings: UpSettings) -> list[Finding]:
    """Look at everything and change nothing."""
    checks: list[Callable[[UpSettings], Awaitable[list[Finding]]]] = [
        _examine_python,
        _examine_folder,
        _examine_port,
        _examine_database,
        _examine_redis,
    ]
    return [finding for check in checks for finding in await check(settings)]


async def _examine_python(_settings: UpSettings) -> list[Finding]:
    return [Finding("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")]


async def _examine_folder(settings: UpSettings) -> list[Finding]:
    folder = settings.data_dir.resolve()
    existing = next(part for part in (folder, *folder.parents) if part.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        return [Finding("folder", f"{existing} is not writable", "Give it to this user, or set --data-dir.")]
    free_bytes = shutil.disk_usage(existing).free
    if free_bytes < _LEAST_FREE_BYTES:
        return [Finding("folder", f"{existing} has {free_bytes // 1_000_000} MB left", "Free some space.")]
    return [Finding("folder", f"{folder}, {free_bytes // 1_000_000_000} GB free")]


async def _examine_port(settings: UpSettings) -> list[Finding]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    place = f"{settings.host} port {settings.port}"
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if is_held(up_lock_path(settings.data_dir)):
                return [Finding("port", f"{place} is in use, and Signpost is running")]
            return [Finding("port", f"{place}: {error.strerror}", "Choose another with --port or --host.")]
    return [Finding("port", f"{place} is free")]


async def _examine_database(settings: UpSettings) -> list[Finding]:
    if settings.database_url is None and not is_held(up_lock_path(settings.data_dir)):
        return [_installed_postgres()]
    url = settings.database_url or Postgres(settings.data_dir).url
    try:
        connection = await asyncpg.connect(url, timeout=_TIMEOUT_S)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        return [Finding("database", f"no answer: {error}", "Start it, or correct SIGNPOST_DATABASE_URL.")]
    try:
        return [await look(connection) for look in (_version, _schema, _clock)]
    finally:
        await connection.close()


def _installed_postgres() -> Finding:
    try:
        _, major_version = find_newest_binaries()
    except EmbeddedServerError as error:
        return Finding("database", "there is none", str(error))
    return Finding("database", f"PostgreSQL {major_version} came with Signpost; `signpost up` starts it")


def _installed_valkey() -> Finding:
    try:
        find_binary()
    except EmbeddedServerError as error:
        return Finding("redis", "there is none", str(error))
    return Finding("redis", "Valkey came with Signpost; `signpost up` starts it")


async def _version(connection: Any) -> Finding:
    version = connection.get_server_version()
    state = f"PostgreSQL {version.major}.{version.minor}; no extension is needed"
    too_old = version.major < OLDEST_POSTGRES
    return Finding("database", state, f"Use PostgreSQL {OLDEST_POSTGRES} or newer." if too_old else "")


async def _schema(connection: Any) -> Finding:
    has_table = await connection.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL")
    rows = await connection.fetch("SELECT name FROM schema_migrations") if has_table else []
    missing = {migration.name for migration in read_migrations()} - {row["name"] for row in rows}
    if missing:
        return Finding("schema", f"{len(missing)} migrations are missing", "Run `signpost migrate`.")
    return Finding("schema", f"{len(rows)} migrations are applied")


async def _clock(connection: Any) -> Finding:
    before = time.time()
    theirs = float(await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())"))
    difference_s = abs(theirs - (before + time.time()) / 2)
    advice = "Set both clocks by NTP." if difference_s > _MAX_CLOCK_DIFFERENCE_S else ""
    return Finding("clock", f"{difference_s:.3f} s from the database's", advice)


async def _examine_redis(settings: UpSettings) -> list[Finding]:
    if settings.redis_url is None and not is_held(up_lock_path(settings.data_dir)):
        return [_installed_valkey()]
    url = settings.redis_url or Valkey(settings.data_dir).url
    client = Redis.from_url(url, socket_connect_timeout=_TIMEOUT_S, socket_timeout=_TIMEOUT_S)
    try:
        information = await client.info("server")
        policy = (await client.info("memory")).get("maxmemory_policy", "unknown")
    except (OSError, RedisError) as error:
        return [Finding("redis", f"no answer: {error}", "Start it, or correct SIGNPOST_REDIS_URL.")]
    finally:
        await client.aclose()
    return [_redis_version(information), _redis_policy(str(policy))]


def _redis_version(information: dict[str, Any]) -> Finding:
    version = str(information["redis_version"])
    name = (
        f"Valkey {information['valkey_version']}" if "valkey_version" in information else f"Redis {version}"
    )
    too_old = tuple(map(int, version.split(".")[:2])) < OLDEST_REDIS
    return Finding("redis", name, "Use Redis 6.2 or newer, or Valkey." if too_old else "")


def _redis_policy(policy: str) -> Finding:
    advice = "" if policy == "noeviction" else "Set maxmemory-policy noeviction, or scans may be lost."
    return Finding("redis", f"maxmemory-policy {policy}", advice)
