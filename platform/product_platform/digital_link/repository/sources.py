"""What slices are compiled from: the rows that concern a few keys, whatever the catalogue's size."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import unquote
from uuid import UUID

from asyncpg import Record

from product_platform.digital_link.models import read_rule
from product_platform.kit.db import Connection
from product_platform.kit.ids import from_short, to_short
from rules_compiler.gs1 import PRIMARY_KEYS, slice_key
from rules_compiler.model import (
    WILDCARD,
    Brand,
    Catalogue,
    Host,
    Instance,
    Item,
    Organization,
    Rule,
    SerialState,
    SliceKey,
)

_GTIN_LENGTH = 14

_PRODUCTS = """
    SELECT '01/' || gtin AS key, gtin, product_name AS name, brand_id, owner_id,
        claim_verification_status, resolver_enabled
    FROM products WHERE gtin = ANY($1::text[])
"""

# A piece of a product is whoever's the product is, and is called like it.
_IDENTIFIERS = """
    SELECT key, gtin, coalesce(nullif(product_name, ''), name) AS name, brand_id,
        coalesce(organization_id, owner_id) AS owner_id,
        CASE WHEN product_id IS NULL THEN identifiers.claim_verification_status
            ELSE products.claim_verification_status END AS claim_verification_status,
        coalesce(resolver_enabled, true) AS resolver_enabled
    FROM identifiers LEFT JOIN products ON products.id = product_id WHERE key = ANY($1::text[])
"""

# Only what compiles: there are millions of rules, and each column of each is work.
_COLUMNS = [name for name in Rule._fields if name != "is_dead"]
_RULE = ", ".join(f"rule.{name}" for name in _COLUMNS)
_FOUND = ", ".join(f"(found).{name}" for name in _COLUMNS)

_RULES = f"""
    SELECT {_RULE}, coalesce(target.status = 'UNREACHABLE', false) AS is_dead
    FROM resolution_rules AS rule
    LEFT JOIN custom_urls AS target
      ON target.organization_id = rule.organization_id AND target.url = rule.custom_url
    WHERE rule.slice_key = ANY($1::text[])
"""  # noqa: S608 - the names of our own columns, here and below

# An item's slice tells the shapes of the levels below it, so one rule of each shape is enough:
# every step leaps over all the rules of one shape to the first of the next. The rules come along
# whole, for a join with many of them would read the table instead of its indexes.
_NARROWER_RULES = f"""
    WITH RECURSIVE first_of_shape AS (
        SELECT item_key, '' AS shape, NULL::resolution_rules AS found FROM unnest($1::text[]) AS item_key
        UNION ALL
        SELECT item_key, next.shape, next.rule FROM first_of_shape AS last CROSS JOIN LATERAL (
            SELECT shape, rule FROM resolution_rules AS rule
            WHERE rule.item_key = last.item_key AND rule.shape > last.shape AND shape <> '' AND enabled
            ORDER BY shape LIMIT 1
        ) AS next
    )
    SELECT item_key, {_FOUND}, coalesce((
        SELECT status = 'UNREACHABLE' FROM custom_urls
        WHERE organization_id = (found).organization_id AND url = (found).custom_url
    ), false) AS is_dead
    FROM first_of_shape WHERE shape <> ''
"""  # noqa: S608

_FLAGGED_SERIALS = """
    SELECT gtin, flagged.*
    FROM products CROSS JOIN LATERAL (
        SELECT serial, state, resolver_enabled FROM serials
        WHERE product_id = products.id AND state <> 'authentic' LIMIT 1
    ) AS flagged
    WHERE gtin = ANY($1::text[])
"""

_INSTANCES = """
    SELECT wanted.key, serials.state, serials.resolver_enabled
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS wanted (key, gtin, ai, value)
    JOIN products USING (gtin) JOIN serials ON product_id = products.id AND serial = value
    WHERE ai = '21'
    UNION ALL
    SELECT wanted.key, 'authentic', lots.resolver_enabled
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS wanted (key, gtin, ai, value)
    JOIN products USING (gtin) JOIN lots ON product_id = products.id AND code = value
    WHERE ai = '10'
"""

_BRANDS = "SELECT id, name, organization_id FROM brands WHERE id = ANY($1::uuid[]) AND is_active"

_RULES_OF = f"""
    SELECT {_RULE}, rule.item_key, coalesce(target.status = 'UNREACHABLE', false) AS is_dead
    FROM resolution_rules AS rule
    LEFT JOIN custom_urls AS target
      ON target.organization_id = rule.organization_id AND target.url = rule.custom_url
    WHERE rule.organization_id = $1
"""  # noqa: S608

_WIDE_RULES = f"{_RULES_OF} AND (scope_type IN ('BRAND', 'ORGANIZATION') OR slice_key = ANY($2::text[]))"

_ITEM_RULES = f"{_RULES_OF} AND scope_type NOT IN ('BRAND', 'ORGANIZATION') ORDER BY item_key, rule.id"

_HOSTS_OF = """
    SELECT name, organization_id FROM custom_hosts WHERE organization_id = $1 AND verified_at IS NOT NULL
"""

_ORGANIZATIONS = """
    SELECT id, name, default_link_type FROM organizations WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL
"""

_HOSTS = """
    SELECT host.name, organization_id
    FROM custom_hosts AS host JOIN organizations ON organizations.id = organization_id
    WHERE host.name = ANY($1::text[]) AND verified_at IS NOT NULL AND deleted_at IS NULL
"""

Facts: TypeAlias = Mapping[str, Mapping[str, Any]]
"""The JSON body of the product API, by GTIN."""


@dataclass(slots=True)
class _Draft:
    """A catalogue while it is put together."""

    organizations: list[Organization] = field(default_factory=list)
    brands: list[Brand] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    hosts: list[Host] = field(default_factory=list)

    def to_catalogue(self) -> Catalogue:
        return Catalogue(
            organizations=tuple(self.organizations),
            brands=tuple(self.brands),
            items=tuple(self.items),
            instances=tuple(self.instances),
            rules=tuple(self.rules),
            hosts=tuple(self.hosts),
        )


_Drafts: TypeAlias = defaultdict[SliceKey, _Draft]


def item_gtins(keys: Iterable[SliceKey]) -> list[str]:
    """Return the GTINs of those *keys* that are whole items: products, or pieces of one (8006)."""
    return [value[:_GTIN_LENGTH] for ai, value in map(_to_pair, _items(keys)) if ai in {"01", "8006"}]


def _items(keys: Iterable[SliceKey]) -> list[SliceKey]:
    return [key for key in keys if key.count("/") == 1 and _to_pair(key)[0] in PRIMARY_KEYS]


def _to_pair(key: SliceKey) -> tuple[str, str]:
    ai, _, value = key.partition("/")
    return ai, value


async def load_catalogues(
    connection: Connection, keys: Iterable[SliceKey], *, facts: Facts, refused: frozenset[str]
) -> dict[SliceKey, Catalogue]:
    """Return for each of *keys* what its slice is compiled from, in a fixed number of queries.

    *refused* holds the claim statuses under which an owner may not redirect.
    """
    keys = list(keys)
    drafts: _Drafts = defaultdict(_Draft)
    for row in await connection.fetch(_RULES, keys):
        drafts[row["slice_key"]].rules.append(_to_rule(row))
    await _add_items(connection, drafts, _items(keys), facts=facts, refused=refused)
    await _add_instances(connection, drafts, keys)
    await _add_parties(connection, drafts, keys)
    return {key: drafts[key].to_catalogue() for key in keys}


async def load_wide_rules(
    connection: Connection, organization_id: UUID, keys: Collection[SliceKey] = ()
) -> Catalogue:
    """Return an organization with its hosts, its own rules and those of its brands, and those of *keys*."""
    organizations = await connection.fetch(_ORGANIZATIONS, [organization_id])
    hosts = await connection.fetch(_HOSTS_OF, organization_id)
    return Catalogue(
        organizations=tuple(_to_organization(row) for row in organizations),
        items=await load_products(connection, keys),
        rules=tuple(
            _to_rule(row) for row in await connection.fetch(_WIDE_RULES, organization_id, list(keys))
        ),
        hosts=tuple(_to_host(row) for row in hosts),
    )


async def stream_item_rules(
    connection: Connection, organization_id: UUID
) -> AsyncIterator[tuple[SliceKey, Rule]]:
    """Yield all narrower rules of an organization with the keys of their items, item by item."""
    async for row in connection.cursor(_ITEM_RULES, organization_id):
        yield row["item_key"], _to_rule(row)


async def load_products(connection: Connection, keys: Iterable[SliceKey]) -> tuple[Item, ...]:
    """Return those of the items that are products, without their facts."""
    rows = await connection.fetch(_PRODUCTS, item_gtins(keys))
    return tuple(_to_item(row, {}, frozenset()) for row in rows)


async def _add_items(
    connection: Connection, drafts: _Drafts, keys: list[SliceKey], *, facts: Facts, refused: frozenset[str]
) -> None:
    gtins = [key[3:] for key in keys if key.startswith("01/")]
    rows = await connection.fetch(_PRODUCTS, gtins)
    rows += await connection.fetch(_IDENTIFIERS, [key for key in keys if not key.startswith("01/")])
    for row in rows:
        drafts[row["key"]].items.append(_to_item(row, facts.get(row["gtin"], {}), refused))
    for row in await connection.fetch(_NARROWER_RULES, keys):
        drafts[row["item_key"]].rules.append(_to_rule(row))
    for row in await connection.fetch(_FLAGGED_SERIALS, gtins):
        key = slice_key([("01", row["gtin"]), ("21", row["serial"])])
        drafts[f"01/{row['gtin']}"].instances.append(_to_instance(key, row))


async def _add_instances(connection: Connection, drafts: _Drafts, keys: list[SliceKey]) -> None:
    wanted = [
        key.split("/")
        for key in keys
        if key.startswith("01/") and key.count("/") == 3 and not key.endswith(f"/{WILDCARD}")  # noqa: PLR2004
    ]
    rows = await connection.fetch(
        _INSTANCES,
        ["/".join(parts) for parts in wanted],
        [gtin for _, gtin, _, _ in wanted],
        [ai for _, _, ai, _ in wanted],
        [unquote(value) for _, _, _, value in wanted],
    )
    for row in rows:
        drafts[row["key"]].instances.append(_to_instance(row["key"], row))


async def _add_parties(connection: Connection, drafts: _Drafts, keys: list[SliceKey]) -> None:
    brands = [from_short(key[6:]) for key in keys if key.startswith("brand/")]
    for row in await connection.fetch(_BRANDS, brands):
        owner = row["organization_id"]
        brand = Brand(
            id=to_short(row["id"]),
            name=row["name"],
            organization_id=None if owner is None else to_short(owner),
        )
        drafts[f"brand/{brand.id}"].brands.append(brand)
    organizations = [from_short(key[4:]) for key in keys if key.startswith("org/")]
    for row in await connection.fetch(_ORGANIZATIONS, organizations):
        organization = _to_organization(row)
        drafts[f"org/{organization.id}"].organizations.append(organization)
    for row in await connection.fetch(_HOSTS, [key[5:] for key in keys if key.startswith("host/")]):
        host = _to_host(row)
        drafts[f"host/{host.name}"].hosts.append(host)


def _to_organization(row: Record) -> Organization:
    return Organization(id=to_short(row["id"]), name=row["name"], default_link_type=row["default_link_type"])


def _to_host(row: Record) -> Host:
    return Host(name=row["name"], organization_id=to_short(row["organization_id"]))


def _to_rule(row: Record) -> Rule:
    return read_rule(row.__getitem__, is_dead=row["is_dead"])


def _to_item(row: Record, facts: Mapping[str, Any], refused: frozenset[str]) -> Item:
    owner = None if row["owner_id"] is None else to_short(row["owner_id"])
    status = row["claim_verification_status"] or "unverified"
    return Item(
        key=row["key"],
        name=row["name"],
        brand_id=None if row["brand_id"] is None else to_short(row["brand_id"]),
        owner_id=owner,
        refused_ids=frozenset({owner}) if owner and status in refused else frozenset(),
        is_resolvable=row["resolver_enabled"],
        facts=facts,
    )


def _to_instance(key: SliceKey, row: Record) -> Instance:
    return Instance(key=key, state=SerialState(row["state"]), is_resolvable=row["resolver_enabled"])
