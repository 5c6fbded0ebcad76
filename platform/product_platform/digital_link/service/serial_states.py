"""What owners say of their serial numbers: of one, or of many in a file."""

import csv
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple, TypeAlias
from uuid import UUID

from pydantic import BaseModel

from product_platform.digital_link.errors import (
    FileTooLongError,
    NotCsvError,
    NotTextError,
    SerialNotFoundError,
)
from product_platform.kit.db import Connection
from product_platform.kit.errors import Detail, InvalidError
from product_platform.kit.lines import Line, read_line, to_record
from product_platform.kit.permissions import Permission, Principal
from product_platform.products import Gtin, SerialName, SerialNumber, Serials
from rules_compiler.model import SerialState

MAX_LINES = 10_000

Numbered: TypeAlias = Iterator[tuple[int, Callable[[], Line]]]
"""The lines of a file by their numbers, each yet to be read."""


class SerialLine(BaseModel):
    """One line of a file of states."""

    gtin: Gtin
    serial: SerialNumber
    state: SerialState


class LineProblem(NamedTuple):
    """Why a line was left out."""

    line: int
    detail: Detail


class UploadReport(NamedTuple):
    """What became of a file: its lines, how many of them changed a state, and what was left out."""

    lines: int
    changed: int
    problems: list[LineProblem]


async def set_state(
    connection: Connection,
    organization_id: UUID,
    *,
    name: SerialName,
    state: SerialState,
    principal: Principal,
) -> None:
    """Store and publish the owner's word on one serial; `authentic` takes a former word back."""
    principal.require(Permission.CHANGE_RULES, organization_id, hidden=True)
    if not await Serials.lock_owned(connection, organization_id, [name.gtin]):
        raise SerialNotFoundError(name.gtin)
    await Serials.flag(connection, organization_id, {name: state})


async def upload_states(
    connection: Connection, organization_id: UUID, *, lines: Numbered, principal: Principal
) -> UploadReport:
    """Store and publish what a file says; a line that cannot be is left out and reported.

    Of two lines about one serial the later counts. Raises FileTooLongError.
    """
    principal.require(Permission.CHANGE_RULES, organization_id, hidden=True)
    read, problems, count = _read(lines)
    gtins = {record.gtin for record in read.values()}
    owned = await Serials.lock_owned(connection, organization_id, gtins)
    problems += [
        LineProblem(number, _not_owned(record.gtin))
        for number, record in read.items()
        if record.gtin not in owned
    ]
    records = [record for record in read.values() if record.gtin in owned]
    states = {SerialName(record.gtin, record.serial): record.state for record in records}
    changed = await Serials.flag(connection, organization_id, states)
    return UploadReport(count, changed, sorted(problems, key=lambda problem: problem.line))


def split_json_lines(body: bytes) -> Numbered:
    """Yield the lines of NDJSON; blank ones are none."""
    for number, text in enumerate(body.split(b"\n"), start=1):
        if text.strip():
            yield number, partial(read_line, text)


def split_csv(body: bytes) -> Numbered:
    """Yield the lines of a CSV file below its heads; raises NotTextError and NotCsvError."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotTextError from None
    rows = csv.DictReader(text.splitlines())
    try:
        for row in rows:
            yield rows.line_num, partial(_to_line, row)
    except csv.Error:
        raise NotCsvError(rows.line_num) from None


def _to_line(row: Mapping[str | None, str | None]) -> Line:
    return {name or "": value for name, value in row.items() if value is not None}


def _read(lines: Numbered) -> tuple[dict[int, SerialLine], list[LineProblem], int]:
    read: dict[int, SerialLine] = {}
    problems: list[LineProblem] = []
    count = 0
    for count, (number, read_one) in enumerate(lines, start=1):
        if count > MAX_LINES:
            raise FileTooLongError(MAX_LINES)
        try:
            read[number] = to_record(SerialLine, read_one())
        except InvalidError as error:
            problems += [LineProblem(number, detail) for detail in error.details or ()]
    return read, problems, count


def _not_owned(gtin: str) -> Detail:
    return Detail("gtin", f"The organization has no product {gtin}.", "foreign_product")
