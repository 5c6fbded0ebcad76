"""The states of serial numbers: what their owner says of them, and what their scans do."""

from collections.abc import Collection, Mapping
from uuid import UUID

from product_platform.kit.db import Connection
from product_platform.kit.outbox import record_changes
from product_platform.products.models import Serial, SerialName
from product_platform.products.repository import products as catalogue
from product_platform.products.repository import serials as repository
from rules_compiler.gs1 import slice_key
from rules_compiler.model import SerialState, SliceKey


class Serials:
    """Reads and changes states, in the transaction of the connection that it is given.

    Every change is published. The word of the owner takes the place of the state at once; what
    the scans say is found anew, and published beside it, by whoever counts them.
    """

    @staticmethod
    async def find(connection: Connection, name: SerialName) -> Serial | None:
        """Return a stored serial."""
        return await repository.find_serial(connection, name)

    @staticmethod
    async def fetch_suspected(connection: Connection, *, limit: int) -> list[SerialName]:
        """Return serials whose warning is not the word of their owner; of more than *limit*, any."""
        return await repository.fetch_suspected_serials(connection, limit=limit)

    @staticmethod
    async def lock_owned(
        connection: Connection, organization_id: UUID, gtins: Collection[str]
    ) -> frozenset[str]:
        """Return those of *gtins* that the organization owns, and keep them so in this transaction."""
        return await repository.lock_owned_gtins(connection, organization_id, gtins)

    @staticmethod
    async def flag(
        connection: Connection, organization_id: UUID, states: Mapping[SerialName, SerialState]
    ) -> int:
        """Store the owner's word on serials of its own products; return how many that changed.

        A serial that is not stored yet is; `authentic` takes a former word back.
        """
        changed = await repository.flag_serials(connection, states)
        await record_changes(connection, _slice_keys(changed), organization_id)
        return len(changed)

    @staticmethod
    async def judge(connection: Connection, name: SerialName, state: SerialState) -> bool:
        """Give a serial of a stored product the state that its scans say; tell whether it is new.

        A serial that is not stored yet is, if the state is a warning: it has to behave as one that
        is, or its scans would tell which serials are known.
        """
        changed = await repository.judge_serial(connection, name, state)
        if changed:
            await record_changes(connection, _slice_keys([name]), await _owner_of(connection, name.gtin))
        return changed


async def _owner_of(connection: Connection, gtin: str) -> UUID | None:
    product = await catalogue.find(connection, gtin)
    return None if product is None else product.owner_id


def _slice_keys(names: Collection[SerialName]) -> list[SliceKey]:
    own = [slice_key((("01", name.gtin), ("21", name.serial))) for name in names]
    return [*own, *{f"01/{name.gtin}" for name in names}]
