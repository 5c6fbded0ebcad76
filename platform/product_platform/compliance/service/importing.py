"""Load recalls from lines of JSON: good lines are kept, bad ones are reported.

A line says all that an authority says of one recall, which it knows by a reference of its own. So a
file that is loaded again changes nothing, and an interrupted load goes on where it stopped.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from product_platform.compliance import repository
from product_platform.compliance.schemas import RecallRecord
from product_platform.kit.clock import Clock
from product_platform.kit.db import Database
from product_platform.kit.errors import ApiError
from product_platform.kit.lines import LineProblem, read_batches, read_line, to_problems, to_record

OnProgress = Callable[[int], None]


@dataclass(slots=True)
class RecallReport:
    """How a load went: lines kept, how many recalls are new or changed, and the problems of other lines."""

    kept: int = 0
    new: int = 0
    changed: int = 0
    problems: list[LineProblem] = field(default_factory=list)


async def import_recalls(
    database: Database,
    lines: Iterable[str | bytes],
    *,
    clock: Clock,
    on_progress: OnProgress = lambda _line: None,
) -> RecallReport:
    """Keep every good one of *lines*, the last that tells of a recall, and report the others.

    *on_progress* hears the number of the last line after each transaction.
    """
    report = RecallReport()
    for batch in read_batches(lines):
        records = list(_read_records(batch, report))
        if records:
            await _store(database, records, report, clock=clock)
        on_progress(batch[-1][0])
    return report


def _read_records(batch: Iterable[tuple[int, str | bytes]], report: RecallReport) -> Iterator[RecallRecord]:
    for number, text in batch:
        if not text.strip():
            continue
        try:
            record = to_record(RecallRecord, read_line(text))
        except ApiError as error:
            report.problems.extend(to_problems(number, error))
        else:
            report.kept += 1
            yield record


async def _store(
    database: Database, records: Iterable[RecallRecord], report: RecallReport, *, clock: Clock
) -> None:
    latest = {(record.source_system, record.source_reference): record for record in records}
    async with database.transaction() as connection:
        known = await repository.fetch_records(connection, latest)
        # In one order, so that two loads never wait for each other.
        other = {key: latest[key] for key in sorted(latest) if known.get(key) != latest[key].model_dump()}
        await repository.store(connection, other.values(), at=clock.now())
    report.new += len(other.keys() - known.keys())
    report.changed += len(other.keys() & known.keys())
