"""What was made from a slice holds until the slice changes, and no longer."""

import gc

import pytest

from resolver.grounds import Grounds
from tests.factories import OTHER_GTIN, brand_key, item_key, lot_key, serial_key


class TestChange:
    @pytest.mark.parametrize("key", [item_key(), lot_key(), serial_key(), f"{item_key()}/21/*"])
    def test_an_item_stands_for_all_levels_below_it(self, key: str) -> None:
        grounds = Grounds()
        ground = grounds.of(item_key())
        grounds.change([key])
        assert not ground.holds

    def test_what_stands_on_other_slices_holds(self) -> None:
        grounds = Grounds()
        others = [grounds.of(item_key(OTHER_GTIN)), grounds.of(brand_key())]
        grounds.change([item_key(), "org/other", "host/id.example"])
        assert [ground.holds for ground in others] == [True, True]

    def test_what_is_made_after_the_change_holds(self) -> None:
        grounds = Grounds()
        before = grounds.of(item_key())
        grounds.change([item_key()])
        assert (before.holds, grounds.of(item_key()).holds) == (False, True)

    def test_a_change_of_all_ends_what_stands_on_anything(self) -> None:
        grounds = Grounds()
        before = [grounds.of(item_key()), grounds.of(brand_key())]
        grounds.change_all()
        assert [ground.holds for ground in before] == [False, False]
        assert grounds.of(item_key()).holds


class TestOf:
    def test_all_that_stand_on_one_slice_share_its_ground(self) -> None:
        grounds = Grounds()
        ground = grounds.of(item_key())
        assert grounds.of(item_key()) is ground

    def test_what_nothing_stands_on_is_not_kept(self) -> None:
        grounds = Grounds()
        for number in range(100):
            grounds.of(f"01/{number:014d}")
        gc.collect()
        assert len(grounds._by_key) == 0
