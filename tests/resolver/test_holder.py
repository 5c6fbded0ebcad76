import pytest

from resolver.holder import Holder
from rules_compiler.announcement import Announcement
from rules_compiler.compiler import compile_catalogue
from rules_compiler.compose import Composition
from rules_compiler.dict_table import DictTable
from tests.factories import (
    GTIN,
    NOON,
    OTHER_GTIN,
    brand_key,
    item_key,
    lot_key,
    make_catalogue,
    make_rule,
    organization_key,
)

AIS = (("01", GTIN),)


def compose(holder: Holder, at: float, *qualifiers: tuple[str, str]) -> Composition | None:
    standing = holder.compose((*AIS, *qualifiers), at)
    return standing and standing.composition


def make_holder(number: int = 1, **rule: object) -> Holder:
    holder = Holder(lambda: NOON)
    holder.replace(compile_catalogue(make_catalogue(make_rule(**rule)), number))
    return holder


def changes(*rules: object) -> dict[str, bytes | None]:
    return dict(compile_catalogue(make_catalogue(*rules)).packed)


class TestAdopt:
    def test_the_next_change_set_is_served_at_once(self) -> None:
        holder = make_holder()
        assert holder.adopt(Announcement(2, changes(make_rule("new"))))
        composition = compose(holder, NOON)
        assert composition is not None
        assert composition.levels[0].entries[0].rule_id == "new"

    def test_a_gap_is_told_and_changes_nothing(self) -> None:
        holder = make_holder()
        assert not holder.adopt(Announcement(3, changes(make_rule("new"))))
        assert holder.number == 1

    def test_a_number_alone_says_that_something_is_missing(self) -> None:
        assert not make_holder().adopt(Announcement(2))

    def test_what_is_known_already_changes_nothing(self) -> None:
        holder = make_holder(number=5)
        assert holder.adopt(Announcement(5))
        assert holder.adopt(Announcement(4, changes(make_rule("old"))))
        assert holder.number == 5


class TestCompose:
    def test_a_composition_is_made_anew_when_a_window_opens(self) -> None:
        holder = make_holder(time_of_day_start="12:00:10", time_of_day_end="13:00:00")
        before, after = compose(holder, NOON), compose(holder, NOON + 10)
        assert before is not None
        assert after is not None
        assert (len(before.levels), len(after.levels)) == (0, 1)

    def test_a_clock_set_back_is_believed(self) -> None:
        holder = make_holder(time_of_day_start="12:00:10", time_of_day_end="13:00:00")
        compose(holder, NOON + 10)
        composition = compose(holder, NOON)
        assert composition is not None
        assert composition.levels == ()

    def test_what_was_composed_is_used_again(self) -> None:
        holder = make_holder()
        assert compose(holder, NOON) is compose(holder, NOON + 1)

    def test_an_unknown_serial_is_answered_by_what_was_composed_for_its_item(self) -> None:
        holder = make_holder(slice_key=lot_key())
        assert compose(holder, NOON, ("21", "unknown")) is compose(holder, NOON)

    @pytest.mark.parametrize("key", [item_key(), lot_key(), brand_key(), organization_key()])
    def test_a_change_of_any_slice_below_it_ends_it(self, key: str) -> None:
        holder = make_holder()
        before = holder.compose(AIS, NOON)
        assert before is not None
        assert holder.adopt(Announcement(2, {key: None}))
        assert not before.term.holds_at(NOON)

    def test_a_change_of_another_item_leaves_it(self) -> None:
        holder = make_holder()
        before = compose(holder, NOON)
        assert holder.adopt(Announcement(2, {item_key(OTHER_GTIN): None}))
        assert compose(holder, NOON) is before

    def test_a_table_of_which_nothing_is_known_ends_all(self) -> None:
        holder = make_holder()
        before = holder.compose(AIS, NOON)
        assert before is not None
        holder.replace(holder.table)
        assert not before.term.holds_at(NOON)

    def test_an_unknown_item_has_nobody_to_answer(self) -> None:
        assert compose(Holder(lambda: NOON), NOON) is None


def test_a_damaged_slice_does_not_hide_the_others() -> None:
    holder = make_holder()
    table = holder.table
    holder.replace(DictTable(2, {**table.packed, lot_key(): b"\xc1"}))
    assert holder.table.find(item_key()) is not None
