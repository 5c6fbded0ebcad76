"""Files of recalls: what is kept of them, and what is told of the rest."""

from collections.abc import Iterator
from typing import Any

import pytest

from product_platform.compliance import Recalls
from product_platform.compliance.models import Recall
from product_platform.kit import lines
from product_platform.kit.clock import FixedClock
from product_platform.kit.services import Services
from tests.product_platform.compliance.conftest import GTIN, OTHER_GTIN, Load, make_line

pytestmark = pytest.mark.servers


async def recalls_of(services: Services, gtin: str = GTIN) -> list[Recall]:
    async with services.database.transaction() as connection:
        return await Recalls().fetch_all(connection, gtin)


class TestImport:
    async def test_a_line_says_all_of_a_recall(self, load: Load, services: Services) -> None:
        fields: dict[str, Any] = {
            "title": " Milk ",
            "status": "COMPLETED",
            "severity": "CLASS_II",
            "source_system": "HEALTH_CANADA",
            "description": "Lot A1",
            "hazard": "Allergy",
            "remedy": "Refund",
            "public_url": "https://recalls.example/1",
            "company_name": "Oats",
            "recall_date": "2026-02-01",
            "jurisdictions": ["ca", "CA-ON"],
        }
        assert (await load(make_line("H-1", **fields))).new == 1
        (found,) = await recalls_of(services)
        shown = found.to_out().model_dump(mode="json")
        assert len(shown.pop("id")) == 22
        assert shown == {
            **fields,
            "title": "Milk",
            "jurisdictions": ["CA", "CA-ON"],
            "created": "2026-03-01T12:00:00Z",
        }

    async def test_what_a_line_leaves_out_is_empty(self, load: Load, services: Services) -> None:
        line = '{"source_system": "FDA", "source_reference": "1", "title": "T", "gtins": ["9520000100018"]}'
        await load(line)
        (found,) = await recalls_of(services)
        assert (found.status, found.severity, found.recall_date) == ("UNKNOWN", "UNKNOWN", None)
        assert (found.description, found.jurisdictions) == ("", [])

    async def test_the_same_file_changes_nothing(
        self, load: Load, services: Services, clock: FixedClock
    ) -> None:
        file = [make_line("1", gtins=[OTHER_GTIN, GTIN, GTIN[1:]]), make_line("2")]
        first = await load(*file)
        stored = await services.database.pool.fetch("SELECT * FROM recalls ORDER BY title")
        clock.advance(60)
        again = await load(*file)
        assert (first.kept, first.new, first.changed) == (2, 2, 0)
        assert (again.kept, again.new, again.changed) == (2, 0, 0)
        assert await services.database.pool.fetch("SELECT * FROM recalls ORDER BY title") == stored

    async def test_what_is_said_later_takes_the_place(
        self, load: Load, services: Services, clock: FixedClock
    ) -> None:
        await load(make_line("1", gtins=[GTIN], hazard="Glass"))
        (before,) = await recalls_of(services)
        clock.advance(60)
        report = await load(make_line("1", gtins=[OTHER_GTIN], status="COMPLETED"))
        assert (report.new, report.changed) == (0, 1)
        assert await recalls_of(services) == []
        (after,) = await recalls_of(services, OTHER_GTIN)
        assert (after.id, after.created) == (before.id, before.created)
        assert (after.status, after.hazard) == ("COMPLETED", "")

    async def test_other_numbers_alone_are_a_change(self, load: Load, services: Services) -> None:
        await load(make_line("1"))
        assert (await load(make_line("1", gtins=[GTIN, OTHER_GTIN]))).changed == 1
        assert len(await recalls_of(services, OTHER_GTIN)) == 1

    async def test_a_reference_is_its_authoritys_own(self, load: Load, services: Services) -> None:
        await load(make_line("1"), make_line("1", source_system="CPSC"))
        assert len(await recalls_of(services)) == 2

    async def test_of_two_lines_of_one_recall_the_later_counts(self, load: Load, services: Services) -> None:
        report = await load(make_line("1", title="Old"), make_line("1", title="New"))
        assert (report.kept, report.new) == (2, 1)
        assert [recall.title for recall in await recalls_of(services)] == ["New"]

    async def test_bad_lines_are_told_and_good_ones_kept(self, load: Load, services: Services) -> None:
        report = await load(
            make_line("1"),
            "nonsense",
            "",
            "[]",
            make_line("2", status="OPEN", colour="red"),
            make_line("3", gtins=[GTIN, "09520000100019"]),
            make_line("4", title=" "),
            make_line("5", hazard="\0"),
            make_line("6", public_url="recalls.example"),
            make_line("7", jurisdictions=["Canada"]),
            make_line("8", recall_date="2026-02-30"),
        )
        told = {(problem.line, problem.field): problem.code for problem in report.problems}
        assert told == {
            (2, None): "bad_json",
            (4, None): "not_an_object",
            (5, "status"): "enum",
            (5, "colour"): "unknown_field",
            (6, "gtins[1]"): "check_digit",
            (7, "title"): "string_too_short",
            (8, "hazard"): "unstorable_text",
            (9, "public_url"): "string_pattern_mismatch",
            (10, "jurisdictions[0]"): "string_pattern_mismatch",
            (11, "recall_date"): "date_from_datetime_parsing",
        }
        assert report.kept == 1
        assert len(await recalls_of(services)) == 1

    async def test_a_file_without_a_good_line(self, load: Load) -> None:
        heard: list[int] = []
        report = await load("{", on_progress=heard.append)
        assert (report.kept, heard) == (0, [1])

    async def test_a_load_that_was_interrupted_goes_on(
        self, load: Load, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lines, "LINES_AT_ONCE", 2)
        file = [make_line(str(number)) for number in range(5)]

        class StoppedError(Exception):
            pass

        def stop(line: int) -> None:
            if line == 4:
                raise StoppedError

        with pytest.raises(StoppedError):
            await load(*file, on_progress=stop)
        assert len(await recalls_of(services)) == 4
        heard: list[int] = []
        assert (await load(*file, on_progress=heard.append)).new == 1
        assert heard == [2, 4, 5]
        assert len(await recalls_of(services)) == 5

    async def test_half_a_character_is_told(self, load: Load) -> None:
        report = await load(make_line("1").replace('"title": "1"', '"title": "\\ud800"'))
        assert [problem.line for problem in report.problems] == [1]


def test_batches_are_read_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LINES_AT_ONCE", 2)
    read: list[str] = []

    def file() -> Iterator[str]:
        for text in "abc":
            read.append(text)
            yield text

    batches = lines.read_batches(file())
    assert (next(batches), read) == ([(1, "a"), (2, "b")], ["a", "b"])
    assert list(batches) == [[(3, "c")]]
