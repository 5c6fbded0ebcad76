"""Two organizations, everybody who has to do with them, and a database where nothing that they do stays."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import httpx2
import pytest
from starlette.routing import Mount

from admin_api.wiring import create_domains, open_services
from product_platform.account import Accounts, OrganizationCreate
from product_platform.digital_link.ports import Verdict
from product_platform.kit.clock import FixedClock
from product_platform.kit.db import Connection, Database, Pool, connect
from product_platform.kit.ids import to_short
from product_platform.kit.migrations import migrate
from product_platform.kit.permissions import Role
from product_platform.kit.services import Services
from tests.conftest import execute, open_folder, with_database
from tests.tenancy.table import Operation, fill, read_document
from tests.whole_api import running_api

SECRET = "hidden"
"""Part of all that the organization keeps for itself."""

_MEMBERS = (Role.OWNER, Role.MANAGER, Role.EDITOR, Role.BILLING)
_KEY_ROLES = (Role.MANAGER, Role.EDITOR, Role.READONLY)


# What has been written in this transaction, or is not yet reported of earlier ones.
_WRITES = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables"


class OneConnection(Database):
    """A database that is one connection: what is inside a trial is rolled back with it."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(cast("Pool", self))
        self._connection = connection

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        async with self._connection.transaction():  # else an error would end the trial
            yield self._connection

    def __getattr__(self, name: str) -> Any:
        """Return what a pool has of each of its connections: fetch, fetchrow, fetchval, execute."""

        async def run(*arguments: Any) -> Any:
            async with self.acquire() as connection:
                return await getattr(connection, name)(*arguments)

        return run

    @asynccontextmanager
    async def trial(self) -> AsyncIterator["Trial"]:
        transaction = self._connection.transaction()
        await transaction.start()
        try:
            trial = Trial()
            before = await self._connection.fetchval(_WRITES)
            yield trial
            trial.has_written = await self._connection.fetchval(_WRITES) != before
        finally:
            await transaction.rollback()


class Nobody:
    """Stands in for the name system and for the web, where there is nobody."""

    async def find_texts(self, _name: str) -> frozenset[str]:
        return frozenset()

    async def check(self, _url: str) -> Verdict:
        return Verdict.SILENT


class Trial:
    """What one actor tries; nothing of it stays. `has_written` is known at its end."""

    has_written = False


class World:
    """Who asks, by actor, and the names of what is asked about."""

    def __init__(self, services: Services, client: httpx2.AsyncClient) -> None:
        self.services = services
        self.names: dict[str, str] = {}
        self.things: set[str] = set()
        self.theirs = ""
        self.keys: dict[str, str | None] = {"nobody": None}
        self._client = client
        self._mounts = {domain.name: domain.mount for domain in create_domains()}

    @property
    def database(self) -> OneConnection:
        return cast("OneConnection", self.services.database)

    def find_mixed_names(self, operation: Operation) -> dict[str, str] | None:
        """Return names with which a stranger asks for what is hidden as if it were his organization's.

        None for an operation that does not name both.
        """
        sent = operation.url("", self.names) + (operation.content(self.names) or b"").decode()
        is_mixed = self.names["organizations"] in sent and any(thing in sent for thing in self.things)
        return self.names | {"organizations": self.theirs} if is_mixed else None

    def mount(self, domain: str) -> str:
        return self._mounts[domain]

    async def ask(
        self,
        actor: str,
        method: str,
        url: str,
        content: bytes | None = None,
        media_type: str = "",
        **headers: str,
    ) -> httpx2.Response:
        key = self.keys[actor]
        if key:
            headers["x-api-key"] = key
        if content is not None:
            headers["content-type"] = media_type or "application/json"
        return await self._client.request(method, url, content=content, headers=headers)

    async def send(
        self, method: str, url: str, content: bytes | str | None, headers: Mapping[str, Any]
    ) -> httpx2.Response:
        """Send a request as the owner, whatever its headers are."""
        own = {"x-api-key", "authorization"}
        sent = {name: _to_bytes(value) for name, value in headers.items() if name.lower() not in own}
        sent["x-api-key"] = self.keys["owner"]
        return await self._client.request(method, url, content=content, headers=sent)

    async def make(self) -> None:
        """Make the organizations with everybody in them, then what `operations.yaml` wants."""
        accounts = Accounts(self.services.clock)
        async with self.services.database.transaction() as connection:
            owner = await _make_user(accounts, connection, "owner")
            mine = await _found(accounts, connection, owner, f"{SECRET} Foods")
            for role in _MEMBERS:
                user = owner if role is Role.OWNER else await _make_user(accounts, connection, role)
                if role is not Role.OWNER:
                    await _join(connection, mine, user, role)
                self.keys[role] = await _issue(accounts, connection, user)
            stranger = await _make_user(accounts, connection, "stranger")
            theirs = await _found(accounts, connection, stranger, "Rival Oats")
            self.keys["stranger"] = await _issue(accounts, connection, stranger)
        self.names["organizations"], self.theirs = to_short(mine), to_short(theirs)
        for role in _KEY_ROLES:
            self.keys[f"{role} key"] = await self._make_key("owner", mine, {"role": role})
        self.keys["public key"] = await self._make_key("owner", mine, {"key_type": "cpk"})
        self.keys["other key"] = await self._make_key("stranger", theirs, {"role": "manager"})
        for actor in self.keys:  # which is noted, and not again within a minute
            await self.ask(actor, "GET", "/account/api/v1/whoami")
        for name, thing in read_document()["world"].items():
            if "is" in thing:
                self.names[name] = thing["is"]
            else:
                self.names[name] = await self._make_thing(thing)
                self.things.add(self.names[name])

    async def _make_thing(self, thing: Mapping[str, Any]) -> str:
        method, _, url = fill(thing["call"], self.names).partition(" ")
        body = thing.get("body")
        text = body if isinstance(body, str) else json.dumps(body)
        content = None if body is None else fill(text, self.names).encode()
        made = await self.ask(
            "owner", method, url, content, thing.get("type", ""), **thing.get("headers", {})
        )
        assert made.is_success, (thing, made.text)
        found = made.json()
        for step in thing["take"].split("."):
            found = found[int(step)] if step.isdecimal() else found[step]
        return str(found)

    async def _make_key(self, actor: str, organization: Any, fields: Mapping[str, Any]) -> str:
        url = f"/account/api/v1/organizations/{to_short(organization)}/api-keys"
        made = await self._client.post(
            url, json={"name": "key", **fields}, headers={"x-api-key": self.keys[actor] or ""}
        )
        assert made.is_success, made.text
        key: str = made.json()["key"]
        return key


async def _make_user(accounts: Accounts, connection: Connection, name: str) -> Any:
    return (await accounts.create_user(connection, f"{name}@example.com")).id


async def _found(accounts: Accounts, connection: Connection, owner: Any, name: str) -> Any:
    body = OrganizationCreate(name=name, country="CA", is_brand=True)
    return (await accounts.create_organization(connection, body, owner_id=owner)).id


async def _join(connection: Connection, organization: Any, user: Any, role: Role) -> None:
    sql = "INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, $3)"
    await connection.execute(sql, organization, user, role)


async def _issue(accounts: Accounts, connection: Connection, user: Any) -> str:
    _, key = await accounts.keys.issue_to_user(connection, user, name="laptop")
    return key


def make_database(postgres_url: str, name: str) -> str:
    """Make an empty database for a world that lives through many tests, and return its URL."""
    asyncio.run(execute(postgres_url, f"CREATE DATABASE {name}"))
    url = with_database(postgres_url, name)
    asyncio.run(migrate(url))
    return url


@asynccontextmanager
async def open_world(database_url: str, valkey_url: str) -> AsyncIterator[World]:
    """Make a world in an empty database, and a client of the whole API for it."""
    clock = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    with open_folder() as folder, pytest.MonkeyPatch.context() as environment:
        environment.setenv("SIGNPOST_DATABASE_URL", database_url)
        environment.setenv("SIGNPOST_REDIS_URL", valkey_url)
        environment.setenv("SIGNPOST_DATA_DIR", str(folder))
        connection = await connect(database_url)
        try:
            async with open_services() as opened:
                services = replace(opened, database=OneConnection(connection), clock=clock)
                async with open_client(services) as client:
                    world = World(services, client)
                    await world.make()
                    yield world
        finally:
            await connection.close()


@asynccontextmanager
async def open_client(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """Run the whole API on *services*; it asks nobody outside."""
    async with (
        running_api(services) as app,
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as client,
    ):
        for mount in app.routes:
            if isinstance(mount, Mount):
                mount.app.state.txt_lookup = mount.app.state.url_check = Nobody()
        yield client


def _to_bytes(value: str | bytes) -> bytes:
    """Return the value of a header as it is sent; one from a stranger may have any byte."""
    return value.encode("latin-1") if isinstance(value, str) else value
