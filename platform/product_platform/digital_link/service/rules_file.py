"""Load rules and their catalogue from lines of JSON: good lines are kept, bad ones are reported.

Every line is an object with a `type`: organization, brand, product, lot, serial, custom_url or
rule. What a line is about is told by its own names (GTIN, brand name, lot, serial, URL, the `ref`
or `id` of a rule), so loading a file again changes nothing, and goes on where it stopped.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from asyncpg import DataError

from product_platform.digital_link.models import RuleChange
from product_platform.digital_link.repository.rules import lock_rule_set
from product_platform.digital_link.service.line_keeper import LineKeeper
from product_platform.digital_link.service.rules import Author, Rules
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection, Database
from product_platform.kit.errors import ApiError
from product_platform.kit.lines import LineProblem, read_batches, to_problems
from product_platform.kit.permissions import Permission, Principal

OnProgress = Callable[[int], None]


@dataclass(slots=True)
class ImportReport:
    """How a load went: the number of lines that were kept, and every problem of the others."""

    kept: int = 0
    problems: list[LineProblem] = field(default_factory=list)


async def import_lines(  # a load is told everything by whoever starts it
    database: Database,
    lines: Iterable[str | bytes],
    *,
    organization_id: UUID,
    principal: Principal,
    clock: Clock,
    on_progress: OnProgress = lambda _line: None,
) -> ImportReport:
    """Keep every good one of *lines* for the organization and report the others.

    The lines of one transaction are published and versioned as one change. *on_progress* hears the
    number of the last line after each transaction.
    """
    for permission in (Permission.CLAIM, Permission.CONTRIBUTE, Permission.CHANGE_RULES):
        principal.require(permission, organization_id)
    report = ImportReport()
    author = Author(principal, note="import")
    for batch in read_batches(lines):
        async with database.transaction() as connection:
            await lock_rule_set(connection, organization_id)
            keeper = LineKeeper(connection, organization_id, author=author, clock=clock)
            changes = await _keep_batch(keeper, connection, batch, report)
            if changes:
                await Rules(clock).record(connection, organization_id, changes, author=author)
        on_progress(batch[-1][0])
    return report


async def _keep_batch(
    keeper: LineKeeper,
    connection: Connection,
    batch: Iterable[tuple[int, str | bytes]],
    report: ImportReport,
) -> list[RuleChange]:
    changes = []
    for number, text in batch:
        if not text.strip():
            continue
        try:
            async with connection.transaction():  # a bad line takes back nothing but itself
                change = await keeper.keep(text)
        except (ApiError, DataError) as error:
            report.problems.extend(_find_problems(number, error))
        else:
            report.kept += 1
            changes.extend([change] if change else [])
    return changes


def _find_problems(number: int, error: ApiError | DataError) -> list[LineProblem]:
    if isinstance(error, DataError):
        return [LineProblem(number, "unstorable_text", None, "A text or number cannot be stored.")]
    return list(to_problems(number, error))
