"""Nobody redirects scans of a product that is not proved theirs: every standing of an attacker is tried.

The attacker has rules of every scope, made while the product was his, or to be his; then things are
as each case says, and an edge is asked.
"""

import asyncio
from collections.abc import AsyncIterator
from itertools import product
from typing import NamedTuple
from uuid import UUID

import pytest

from product_platform.kit.db import Connection, connect
from product_platform.kit.ids import to_short
from product_platform.kit.services import Services
from product_platform.products import Products
from rules_compiler.compiler import compile_slice
from rules_compiler.dict_table import DictTable
from rules_compiler.gs1 import check_digit
from tests.product_platform.catalogue import USER_ID, make_organization, make_principal
from tests.product_platform.digital_link.conftest import (
    announce_changes,
    create_rule,
    make_brand,
    make_publisher,
    make_resolver_client,
    read_slices,
)
from tests.resolver.edge_client import EdgeClient

pytestmark = pytest.mark.servers

TARGET = "https://attacker.example/"
TIERS = ("unverified", "prefix_matched", "verified")
STATUSES = (*TIERS, "disputed", "rejected")
SCOPES = ("10/LOT", "21/*", "22/2A")
ASKED = ("", "/10/LOT", "/21/S1", "/22/2A", "/22/2A/10/LOT/21/S1", "?linkType=linkset", "?linkType=gs1:pip")
NOBODY, ATTACKER, VICTIM = "nobody", "attacker", "victim"


class Case(NamedTuple):
    """How a product stands: who claims it and how far that is proved, whose its brand is."""

    claimant: str
    status: str | None
    brand_owner: str | None
    is_resolvable: bool

    def lets_attacker_redirect(self, min_tier: str) -> bool:
        owner = self.claimant if self.brand_owner in {None, NOBODY} else self.brand_owner
        if owner != ATTACKER or not self.is_resolvable:
            return False
        if self.claimant != ATTACKER:  # his by the brand alone, which nobody has checked
            return min_tier == "unverified"
        return self.status in TIERS[TIERS.index(min_tier) :]


CLAIMS = ((NOBODY, None), *product((ATTACKER, VICTIM), STATUSES))
CASES = [
    Case(claimant, status, brand_owner, is_resolvable)
    for (claimant, status), brand_owner, is_resolvable in product(
        CLAIMS, (None, NOBODY, ATTACKER, VICTIM), (True, False)
    )
]


def gtin_of(number: int) -> str:
    body = f"0952000{number:06}"
    return body + check_digit(body)


@pytest.fixture
async def parties(services: Services) -> dict[str, UUID]:
    await services.database.pool.execute(
        "INSERT INTO users (id, email, name) VALUES ($1, 'mal@example.com', 'Mal')", USER_ID
    )
    return {name: await make_organization(services.database, name) for name in (ATTACKER, VICTIM)}


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Connection]:
    connection = await connect(database_url)
    yield connection
    await connection.close()


async def make_attack(services: Services, parties: dict[str, UUID]) -> None:
    """Let the attacker own every product and brand, and link all of them in every scope."""
    attacker, pool = parties[ATTACKER], services.database.pool
    brand = await make_brand(services.database, attacker)
    await pool.executemany(
        "INSERT INTO products (gtin, brand_id, owner_id, claim_verification_status)"
        " VALUES ($1, $2, $3, 'verified')",
        [(gtin_of(number), brand, attacker) for number in range(len(CASES))],
    )
    async with make_resolver_client(services, make_principal(attacker)) as client:
        path = f"/organizations/{to_short(attacker)}/resolution-rules"
        await create_rule(client, path, custom_url=TARGET)
        await create_rule(client, path, scope_type="BRAND", scope_id=to_short(brand), custom_url=TARGET)
        for gtin in map(gtin_of, range(len(CASES))):
            await create_rule(client, path, scope_type="PRODUCT", scope_id=gtin, custom_url=TARGET)
            for scope in SCOPES:
                identifier = {"scope_type": "IDENTIFIER", "scope_id": f"/01/{gtin}/{scope}"}
                await create_rule(client, path, **identifier, custom_url=TARGET)


async def set_cases(services: Services, parties: dict[str, UUID]) -> None:
    """Let things be as the cases say, behind the back of every rule."""
    brands: dict[str | None, UUID | None] = {None: None}
    for name in (NOBODY, ATTACKER, VICTIM):
        brands[name] = await make_brand(services.database, parties.get(name), f"Brand of {name}")
    await services.database.pool.executemany(
        "UPDATE products SET owner_id = $2, claim_verification_status = $3, brand_id = $4,"
        " resolver_enabled = $5 WHERE gtin = $1",
        [
            (
                gtin_of(number),
                parties.get(case.claimant),
                case.status,
                brands[case.brand_owner],
                case.is_resolvable,
            )
            for number, case in enumerate(CASES)
        ],
    )


async def announce_all(services: Services, parties: dict[str, UUID]) -> None:
    brands = await services.database.pool.fetch("SELECT id FROM brands")
    keys = [f"01/{gtin_of(number)}" for number in range(len(CASES))]
    keys += [f"brand/{to_short(row['id'])}" for row in brands]
    keys += [f"org/{to_short(party)}" for party in parties.values()]
    await announce_changes(services.database, None, *keys)


async def open_edge(services: Services, connection: Connection, min_tier: str) -> EdgeClient:
    """Return an edge that serves everything, published by a publisher that demands *min_tier*."""
    publisher = make_publisher(
        connection,
        services,
        compile_one=compile_slice,
        load_facts=Products.facts,
        min_claim_tier=min_tier,
    )
    while await publisher.publish_once():
        pass
    edge, slices = EdgeClient(None), await read_slices(services.database)
    packed = {key: packed for key, (_, packed) in slices.items() if packed is not None}
    edge.holder.replace(DictTable(1, packed))
    return edge


def find_led(edge: EdgeClient) -> set[Case]:
    """Return the cases in which anything at all leads to the attacker."""
    return {
        case
        for number, case in enumerate(CASES)
        for asked in ASKED
        if TARGET in str((reply := edge.get(f"/01/{gtin_of(number)}{asked}")).location)
        or TARGET.encode() in reply.body
    }


async def test_rules_redirect_only_as_far_as_ownership_is_proved(
    services: Services, connection: Connection, parties: dict[str, UUID]
) -> None:
    await make_attack(services, parties)
    await set_cases(services, parties)
    for min_tier in TIERS:
        await announce_all(services, parties)
        edge = await open_edge(services, connection, min_tier)
        found = await asyncio.to_thread(find_led, edge)
        assert found == {case for case in CASES if case.lets_attacker_redirect(min_tier)}, min_tier
