import pytest

from loadtests.data import catalogue_at
from loadtests.editing import Edit, History, editable_places, find_editable
from rules_compiler.model import Catalogue

INDEX = editable_places(1_000)[0]


def target(catalogue: Catalogue) -> str | None:
    rule = find_editable(catalogue)
    assert rule is not None
    return rule.custom_url


@pytest.fixture
def history() -> History:
    history = History()
    for number, table in enumerate((5, 7, 7, None)):
        history.add(Edit(INDEX, f"https://edited.example/{number}", [number], table))
    return history


class TestCatalogueAt:
    @pytest.mark.parametrize(("table", "last"), [(5, 0), (6, 0), (7, 2), (99, 2)])
    def test_the_last_edit_of_the_table_counts(self, history: History, table: int, last: int) -> None:
        assert target(history.catalogue_at(INDEX, table)) == f"https://edited.example/{last}"

    def test_before_the_first_edit_all_is_as_generated(self, history: History) -> None:
        assert history.catalogue_at(INDEX, 4) == catalogue_at(INDEX)

    def test_other_products_are_as_generated(self, history: History) -> None:
        assert history.catalogue_at(INDEX + 1, 99) == catalogue_at(INDEX + 1)
        assert not history.is_edited(INDEX + 1)


class TestEditablePlaces:
    def test_all_of_them_have_a_rule_to_edit(self) -> None:
        places = editable_places(1_000_000)
        assert len(places) == len(set(places)) == 200
        assert all(find_editable(catalogue_at(index)) for index in places)
