"""What cases begin from: an organization with members of every role, and somebody else's."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol, cast

import httpx2

from product_platform.account import Accounts, Organization, OrganizationCreate, User
from product_platform.account.schemas import ApiKeyCreate
from product_platform.kit.clock import FixedClock
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import PERMISSIONS, KeyType, Principal, Role
from product_platform.kit.services import Services
from tests.contract.table import Request

UNKNOWN = "2" * 22
"""An identifier that nothing has."""


@dataclass(kw_only=True)
class World:
    """`callers` are headers by who sends them, `names` what tables call `$name`, `samples` files to send."""

    services: Services
    clock: FixedClock
    client: httpx2.AsyncClient
    accounts: Accounts
    callers: dict[str, dict[str, str]] = field(default_factory=lambda: {"nobody": {}})
    names: dict[str, Any] = field(
        default_factory=lambda: {"unknown": UNKNOWN, "malformed": "nonsense", "long": "x" * 1_000}
    )
    samples: dict[str, bytes] = field(default_factory=dict, repr=False)

    async def send(self, mount: str, places: Mapping[str, str], request: Request) -> httpx2.Response:
        """Send the request of a table, with the names in it filled in."""
        method, path = request.call.split(" ", 1)
        for place, name in (places | request.path).items():
            path = path.replace(f"{{{place}}}", str(self.names.get(name, name)))
        content: dict[str, Any] = {}
        if request.upload:
            content["files"] = {name: (file, self.samples[file]) for name, file in request.upload.items()}
            content["data"] = self.fill(request.body)
        elif request.body is not None:
            content["json"] = self.fill(request.body)
        headers = self.callers[request.caller] | self.fill(request.headers)
        url = path if path.startswith(mount) else mount + path
        return await self.client.request(
            method, url, params=self.fill(request.query), headers=headers, **content
        )

    def fill(self, content: Any) -> Any:
        """Return *content* with each text `$name` replaced by what is called so."""
        if isinstance(content, Mapping):
            return {name: self.fill(each) for name, each in content.items()}
        if isinstance(content, list):
            return [self.fill(each) for each in content]
        if isinstance(content, str) and content.startswith("$"):
            return self.names[content[1:]]
        return content


class DomainWorld(Protocol):
    """What the module of a domain in `worlds/` has."""

    GIVEN: Mapping[str, Callable[[World], Awaitable[object]]]

    async def prepare(self, world: World) -> None:
        """Add what every case of the domain begins from."""


def find_domain_world(domain: str) -> DomainWorld:
    """Return the module that prepares the world for the cases of *domain*."""
    return cast("DomainWorld", import_module(f"tests.contract.worlds.{domain.replace('-', '_')}"))


async def make_world(services: Services, clock: FixedClock, client: httpx2.AsyncClient) -> World:
    """Make two organizations, with callers of every kind."""
    world = World(services=services, clock=clock, client=client, accounts=Accounts(clock))
    owner = await add_user(world, "owner")
    organization = await add_organization(world, "org", "Ana's Oats", owner)
    for role in (Role.MANAGER, Role.EDITOR, Role.BILLING):
        user = await add_user(world, role.value)
        await add_member(world, organization, user, role)
    stranger = await add_user(world, "stranger")
    await add_organization(world, "rival_org", "Rival Rice", stranger)
    for caller, fields in {
        "business": {"role": "manager"},
        "editor_key": {"role": "editor"},
        "reader": {"role": "readonly"},
        "publishable": {"key_type": KeyType.PUBLISHABLE},
    }.items():
        world.callers[caller] = await _make_key(world, organization, owner, **fields)
    return world


async def add_user(world: World, name: str) -> User:
    """Add `$name@example.com` with a key, and let cases call this user *name*."""
    async with world.services.database.transaction() as connection:
        user = await world.accounts.create_user(connection, f"{name}@example.com", name=name.title())
        _, raw_key = await world.accounts.keys.issue_to_user(connection, user.id, name=name)
    world.callers[name] = {"X-API-Key": raw_key}
    world.names[f"{name}_user"] = to_short(user.id)
    return user


async def add_organization(world: World, name: str, title: str, owner: User) -> Organization:
    """Add an organization, and let cases call its id *name*."""
    body = OrganizationCreate(name=title, country="CA", is_brand=True)
    async with world.services.database.transaction() as connection:
        organization = await world.accounts.create_organization(connection, body, owner_id=owner.id)
    world.names[name] = to_short(organization.id)
    return organization


async def add_member(world: World, organization: Organization, user: User, role: Role) -> None:
    """Let a user belong to the organization."""
    await world.services.database.pool.execute(
        "INSERT INTO memberships (organization_id, user_id, role) VALUES ($1, $2, $3)",
        organization.id,
        user.id,
        role,
    )


async def insert(world: World, table: str, **columns: Any) -> Any:
    """Store a row, and return its first column."""
    places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    return await world.services.database.pool.fetchval(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) RETURNING *", *columns.values()
    )


async def _make_key(world: World, organization: Organization, owner: User, **fields: Any) -> dict[str, str]:
    principal = Principal(user_id=owner.id, organizations={organization.id: PERMISSIONS[Role.OWNER]})
    async with world.services.database.transaction() as connection:
        _, raw_key = await world.accounts.keys.create(
            connection, organization.id, body=ApiKeyCreate(name="ERP", **fields), principal=principal
        )
    return {"X-API-Key": raw_key}
