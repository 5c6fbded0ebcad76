"""What was made from a slice holds until the slice changes, and no longer."""

import math

import pytest

from resolver import grounds as grounds_module
from resolver.grounds import Grounds, Term
from tests.factories import (
    NOON,
    OTHER_GTIN,
    brand_key,
    item_key,
    lot_key,
    organization_key,
    serial_key,
)

KEYS = (item_key(), brand_key(), organization_key())
# What neither of them shares a counter with.
SLOTS = {item_key(): 1, brand_key(): 2, organization_key(): 3, item_key(OTHER_GTIN): 4}


@pytest.fixture(autouse=True)
def _own_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grounds_module, "_slot_of", lambda key: SLOTS.get(key, 0))


def stand(grounds: Grounds, until: float = math.inf) -> Term:
    owner = grounds.stand_on(brand_key(), organization_key(), since=NOON, until=math.inf)
    return grounds.stand_on(item_key(), since=NOON, until=until, wider=owner)


class TestTerm:
    @pytest.mark.parametrize(("at", "holds"), [(-1, False), (0, True), (9.9, True), (10, False)])
    def test_it_holds_from_its_beginning_until_before_its_end(self, at: float, holds: bool) -> None:
        assert stand(Grounds(), NOON + 10).holds_at(NOON + at) is holds


class TestChange:
    @pytest.mark.parametrize("key", [*KEYS, lot_key(), serial_key(), f"{item_key()}/21/*"])
    def test_a_change_of_a_slice_or_of_a_level_below_an_item_ends_it(self, key: str) -> None:
        grounds = Grounds()
        term = stand(grounds)
        grounds.change([key])
        assert not term.holds_at(NOON)

    def test_what_stands_on_other_slices_holds(self) -> None:
        grounds = Grounds()
        term = stand(grounds)
        grounds.change([item_key(OTHER_GTIN), lot_key(gtin=OTHER_GTIN), "org/other", "host/id.example"])
        assert term.holds_at(NOON)

    def test_no_number_of_changes_brings_it_back(self) -> None:
        grounds = Grounds()
        term = stand(grounds)
        for _ in range(10):
            grounds.change(KEYS)
            assert not term.holds_at(NOON)

    def test_what_is_made_after_the_change_holds(self) -> None:
        grounds = Grounds()
        grounds.change(KEYS)
        assert stand(grounds).holds_at(NOON)

    def test_what_shares_a_counter_ends_early_and_never_late(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(grounds_module, "_slot_of", lambda _key: 5)
        grounds = Grounds()
        term = stand(grounds)
        grounds.change([item_key(OTHER_GTIN)])
        assert not term.holds_at(NOON)

    def test_a_change_of_all_ends_everything(self) -> None:
        grounds = Grounds()
        terms = [stand(grounds), grounds.stand_on(item_key(OTHER_GTIN), since=NOON, until=math.inf)]
        grounds.change_all()
        assert [term.holds_at(NOON) for term in terms] == [False, False]
        assert stand(grounds).holds_at(NOON)
