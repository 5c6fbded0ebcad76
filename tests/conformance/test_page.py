"""The conformance page says what the tests say."""

from tests.conformance.page import ROOT, RULES, read_rows, render_page


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "conformance.md").read_text() == render_page(), "run `make docs`"


def test_every_rule_has_a_test() -> None:
    tested = {f"{row.letter}{row.number}" for row in read_rows()}
    rules = {f"{letter}{number}" for letter, numbers in RULES.items() for number in numbers}
    assert rules - tested == set()
