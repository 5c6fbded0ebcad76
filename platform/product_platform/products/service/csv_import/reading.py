"""A catalogue file, row by row: what each row says, or what is wrong with it."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import ValidationError

from product_platform.products.errors import UnreadableCsvError
from product_platform.products.models import is_restricted
from product_platform.products.schemas.imports import CsvRow

MAX_FILE_BYTES: Final = 10 * 1024 * 1024
MAX_ROWS: Final = 10_000
_MAX_CELL_CHARACTERS: Final = 1_000_000

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "gtin": ("barcode", "upc", "ean", "gtin-8", "gtin-12", "gtin-13", "gtin-14"),
    "product_name": ("name", "title"),
    "brand": (),
    "manufacturer": (),
    "description": (),
    "image_url": ("image", "photo_url"),
    "country_of_origin": ("country", "origin"),
    "net_content": ("size", "weight", "volume"),
}
"""Each column, and what it may be called as well."""

_EXAMPLES: Final = (
    ("9520000100018", "Oat Drink", "Example Oats", "Example Foods", "Made of oats.", "", "SE", "1 L"),
    ("9520000100025", "Oat Bars", "Example Oats", "Example Foods", "", "", "SE", "6 x 40 g"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: what it says, or why it cannot be stored and in which column.

    `is_duplicate` tells that an earlier row is of the same product.
    """

    line: int
    record: CsvRow | None
    message: str = ""
    column: str | None = None
    is_duplicate: bool = False


class _Lines(Protocol):
    """A reader of CSV, which knows how many lines it has read."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...


def read_rows(content: bytes) -> list[Row]:
    """Return the rows of a CSV file, all of which are looked at whatever is wrong with some.

    Raises UnreadableCsvError when the file as a whole is no use: it is not UTF-8 or no CSV, has no
    column for the GTIN, or more rows than are taken at once.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"The file is not in UTF-8: byte {error.start + 1} belongs to no character."
        raise UnreadableCsvError("wrong_encoding", message) from None
    if "\0" in text:
        raise UnreadableCsvError("not_a_csv", "The file is no CSV: it has characters that no text has.")
    csv.field_size_limit(_MAX_CELL_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        places = _read_header(next(reader, []))
        return list(_read(reader, places))
    except csv.Error as error:
        message = f"The file is no CSV: {error}, in line {reader.line_num}."
        raise UnreadableCsvError("not_a_csv", message) from None


def _read_header(cells: Sequence[str]) -> dict[str, int]:
    """Return at which place each known column stands; its own name goes before what else it may be called."""
    names = [cell.strip().lower() for cell in cells]
    places = {}
    for column, aliases in COLUMNS.items():
        found = [names.index(name) for name in (column, *aliases) if name in names]
        if found:
            places[column] = found[0]
    if "gtin" not in places:
        wanted = ", ".join(("gtin", *COLUMNS["gtin"]))
        message = f"The first line names no column for the GTIN: call it one of {wanted}."
        raise UnreadableCsvError("gtin_column_missing", message)
    return places


def _read(reader: _Lines, places: Mapping[str, int]) -> Iterator[Row]:
    seen: set[str] = set()
    width, count, line = max(places.values()) + 1, 0, reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            count += 1
            if count > MAX_ROWS:
                message = f"The file has more than {MAX_ROWS} rows: send it in parts."
                raise UnreadableCsvError("too_many_lines", message)
            padded = [*cells, *[""] * (width - len(cells))]
            row = _read_row(line, {column: padded[place].strip() for column, place in places.items()})
            if row.record is not None and row.record.gtin in seen:
                row = Row(line, row.record, is_duplicate=True)
            if row.record is not None:
                seen.add(row.record.gtin)
            yield row
        line = reader.line_num + 1


def _read_row(line: int, cells: Mapping[str, str]) -> Row:
    try:
        record = CsvRow(
            gtin=cells["gtin"], **{name: cell for name, cell in cells.items() if cell and name != "gtin"}
        )
    except ValidationError as error:
        problem = error.errors()[0]
        cause = problem.get("ctx", {}).get("error")
        message = str(cause) if isinstance(cause, ValueError) else problem["msg"]
        return Row(line, None, message, str(problem["loc"][0]))
    if is_restricted(record.gtin):
        return Row(line, None, f"{record.gtin} is a restricted-circulation number.", "gtin")
    return Row(line, record)


def write_template() -> str:
    """Return a file to begin from: the header, and two rows as examples."""
    file = io.StringIO()
    csv.writer(file).writerows([tuple(COLUMNS), *_EXAMPLES])
    return file.getvalue()


TEMPLATE: Final = write_template()
