"""The conformance page says what the tests say."""

from tests.conformance.page import ROOT, read_rows, render_page


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "conformance.md").read_text() == render_page(), "run `make docs`"


def test_the_page_names_the_rules_in_order() -> None:
    numbers = [row.number for row in read_rows() if row.letter == "U"]
    assert sorted(set(numbers)) == list(range(1, 15))
    assert numbers == sorted(numbers)
