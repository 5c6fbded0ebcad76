"""The tables would notice: what is listed and not shown, and an answer that is not what is wanted."""

from pathlib import Path

import pytest

from tests.contract.coverage import Answered, Query, Sent, Status, Value, find_shown, list_things
from tests.contract.matching import find_difference
from tests.contract.table import read_table

_TABLE = """
places: {{id: org}}
objects:
  Cup: {{size: [small, large], handles: {{each: Handle}}}}
  Handle: {{side: }}
endpoints:
  PUT /cups/{{id}}:
    statuses: [200, 404]
    query: [note]
    takes: Cup
    answers: Cup
    cases:
      - {{status: 200{shown}}}
"""


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        (
            "",
            [
                Status("PUT /cups/{id}", 404),
                Query("PUT /cups/{id}", "note"),
                Sent("PUT /cups/{id}", "size"),
                Sent("PUT /cups/{id}", "handles"),
                Sent("PUT /cups/{id}", "handles.side"),
                Answered("Cup", "size"),
                Value("Cup", "size", "small"),
                Value("Cup", "size", "large"),
                Answered("Cup", "handles"),
                Answered("Handle", "side"),
            ],
        ),
        (
            """, query: {note: x}, body: {size: small, handles: [{side: 1}]}
            , want: {size: large, handles: [{side: 1}]}""",
            [Status("PUT /cups/{id}", 404)],
        ),
        (
            """, then: [
                {status: 200, query: {note: x}, body: {handles: [{side: 1}]}, want: {handles: [{side: 1}]}},
                {status: 422, body: {size: large}, field: size}]""",
            [
                Status("PUT /cups/{id}", 404),
                Sent("PUT /cups/{id}", "size"),
                Answered("Cup", "size"),
                Value("Cup", "size", "small"),
            ],
        ),
    ],
)
def test_what_no_case_shows_is_told(tmp_path: Path, shown: str, missing: list[object]) -> None:
    path = tmp_path / "cups.yaml"
    path.write_text(_TABLE.format(shown=shown))
    table = read_table(path)
    found = find_shown(table)
    assert [thing for thing in list_things(table) if thing not in found] == missing


def test_a_table_may_be_in_parts(tmp_path: Path) -> None:
    (tmp_path / "cups.yaml").write_text(_TABLE.format(shown=""))
    (tmp_path / "rules.yaml").write_text("objects: {}\nendpoints: {}\nrules: [{says: It holds., tests: []}]")
    table = read_table(tmp_path)
    assert (table.places, [endpoint.call for endpoint in table.endpoints]) == (
        {"id": "org"},
        ["PUT /cups/{id}"],
    )
    assert [rule.says for rule in table.rules] == ["It holds."]


def test_a_misspelt_key_of_a_case_is_told(tmp_path: Path) -> None:
    path = tmp_path / "cups.yaml"
    path.write_text(_TABLE.format(shown=", wants: {size: small}"))
    with pytest.raises(ValueError, match="wants"):
        read_table(path)


@pytest.mark.parametrize(
    ("want", "got"),
    [
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": [{"b": "<any>"}]}, {"a": [{"b": None}]}),
        ("<time>", "2026-03-01T12:00:00Z"),
    ],
)
def test_an_answer_may_hold_more_than_is_wanted(want: object, got: object) -> None:
    assert find_difference(want, got) is None


@pytest.mark.parametrize(
    ("want", "got"),
    [({"a": 1}, {}), ({"a": 1}, []), ([1], [1, 2]), (1, True), ("1", 1), ("<time>", "today"), (None, 0)],
)
def test_what_is_not_wanted_is_told(want: object, got: object) -> None:
    assert find_difference(want, got) is not None
