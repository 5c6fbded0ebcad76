"""The outbox, the head and the slices: what the publisher takes, and what it leaves."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from product_platform.digital_link.models import Change, SliceBytes
from product_platform.kit.db import Connection
from rules_compiler.model import SliceKey

TAKEN_AT_ONCE = 5_000
"""Changes to start a change set from; it grows by what cannot be parted from them."""

PUBLISHER_LOCK = 0x5349_474E
"""The advisory lock of the one publisher."""

_FIRST = """
    SELECT id, organization_id, slice_key, xact FROM outbox
    WHERE done_at IS NULL AND quarantined_at IS NULL ORDER BY id LIMIT $1
"""

# Partial indexes on waiting rows serve each half: the cost follows the set, not the backlog.
_WIDEN = """
    SELECT id, organization_id, slice_key, xact FROM outbox
    WHERE done_at IS NULL AND quarantined_at IS NULL
      AND (xact = ANY($1::xid8[]) OR slice_key = ANY($2::text[])) AND id <> ALL($4::bigint[])
    UNION ALL
    SELECT id, organization_id, slice_key, xact FROM outbox
    WHERE done_at IS NULL AND quarantined_at IS NOT NULL
      AND coalesce(organization_id::text, slice_key) = ANY($3::text[]) AND id <> ALL($4::bigint[])
"""

# What changes a product changes the pieces of it (8006) that have rules. The GTIN is cut out of the key, not
# put into one, so that products are found by the index that they have.
_PIECES = """
    SELECT outbox.id, outbox.organization_id, key AS slice_key, xact
    FROM outbox JOIN products ON gtin = substr(slice_key, 4) JOIN identifiers ON product_id = products.id
    WHERE outbox.id = ANY($1::bigint[]) AND slice_key LIKE '01/%'
"""

# A tombstone is needed only where there was a slice, and a slice that did not change is not published: what
# is absent and what is deleted have no bytes.
_STORE = """
    INSERT INTO slices (key, seq, bytes)
    SELECT key, $1, new.bytes
    FROM unnest($2::text[], $3::bytea[]) AS new (key, bytes) LEFT JOIN slices AS old USING (key)
    WHERE old.bytes IS DISTINCT FROM new.bytes
    ON CONFLICT (key) DO UPDATE SET seq = EXCLUDED.seq, bytes = EXCLUDED.bytes
    RETURNING key
"""


async def has_waiting(connection: Connection) -> bool:
    """Return whether a change waits that is not quarantined."""
    waits: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM outbox WHERE done_at IS NULL AND quarantined_at IS NULL)"
    )
    return waits


async def lock_head(connection: Connection) -> int:
    """Return the newest number, which nobody else can raise until this transaction ends."""
    head: int = await connection.fetchval("SELECT seq FROM publish_head FOR UPDATE")
    return head


async def read_head(connection: Connection) -> int:
    """Return the number of the newest change set."""
    head: int = await connection.fetchval("SELECT seq FROM publish_head")
    return head


async def find_lineage(connection: Connection, seq: int) -> str | None:
    """Return the lineage of the change set *seq*, or None when it is older than lineages are."""
    lineage: str | None = await connection.fetchval(
        "SELECT lineage FROM publish_lineages WHERE first_seq <= $1 ORDER BY first_seq DESC LIMIT 1", seq
    )
    return lineage


async def begin_lineage(connection: Connection, first_seq: int, lineage: str) -> None:
    """Let change sets from *first_seq* on be of *lineage*; what was to come after is no more."""
    await connection.execute("DELETE FROM publish_lineages WHERE first_seq >= $1", first_seq)
    await connection.execute(
        "INSERT INTO publish_lineages (first_seq, lineage) VALUES ($1, $2)", first_seq, lineage
    )


async def raise_head(connection: Connection, seq: int) -> None:
    """Make *seq* the newest number."""
    await connection.execute("UPDATE publish_head SET seq = $1", seq)


async def take_changes(connection: Connection) -> list[Change]:
    """Return waiting changes that can be published together without tearing any transaction.

    Two changes belong together when one transaction wrote both or when they are of one slice,
    for a slice is compiled from everything committed about it. The set is closed under that.
    Quarantined changes come back when their party has a new one.
    """
    rows = await connection.fetch(_FIRST, TAKEN_AT_ONCE)
    taken: dict[Change, None] = {}
    while rows:
        pieces = await connection.fetch(_PIECES, [row["id"] for row in rows])
        added = [Change(**row) for row in (*rows, *pieces)]
        taken.update(dict.fromkeys(added))
        xacts = {change.xact for change in added}
        keys = {change.slice_key for change in added}
        parties = {change.party for change in added}
        ids = [change.id for change in taken]
        rows = await connection.fetch(_WIDEN, list(xacts), list(keys), list(parties), ids)
    return list(taken)


async def store_slices(connection: Connection, seq: int, slices: SliceBytes) -> list[SliceKey]:
    """Store those of *slices* that differ from what is published, and return their keys."""
    keys = sorted(slices)
    rows = await connection.fetch(_STORE, seq, keys, [slices[key] for key in keys])
    return [row["key"] for row in rows]


async def fetch_keys(connection: Connection, after: SliceKey, limit: int) -> list[SliceKey]:
    """Return the keys of the next slices that are published, in order."""
    rows = await connection.fetch(
        "SELECT key FROM slices WHERE bytes IS NOT NULL AND key > $1 ORDER BY key LIMIT $2", after, limit
    )
    return [row["key"] for row in rows]


async def is_waiting(connection: Connection, changes: Collection[int]) -> bool:
    """Return whether one of *changes* waits, by their ids, that is not quarantined."""
    waits: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM outbox"
        " WHERE id = ANY($1::bigint[]) AND done_at IS NULL AND quarantined_at IS NULL)",
        changes,
    )
    return waits


async def mark_done(connection: Connection, changes: Iterable[Change], seq: int) -> None:
    """Let nobody take *changes* again, which the table *seq* has in it."""
    await connection.execute(
        "UPDATE outbox SET done_at = now(), seq = $2 WHERE id = ANY($1::bigint[])",
        [change.id for change in changes],
        seq,
    )


async def quarantine(connection: Connection, errors: Mapping[Change, str]) -> None:
    """Set changes aside, each with why, until their party has a new one."""
    await connection.execute(
        """
        UPDATE outbox SET quarantined_at = now(), error = bad.error
        FROM unnest($1::bigint[], $2::text[]) AS bad (id, error) WHERE outbox.id = bad.id
        """,
        [change.id for change in errors],
        list(errors.values()),
    )


async def prune_done(connection: Connection, age: timedelta) -> None:
    """Delete changes that were published longer than *age* ago."""
    await connection.execute("DELETE FROM outbox WHERE done_at < now() - $1::interval", age)
