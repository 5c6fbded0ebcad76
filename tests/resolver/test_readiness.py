"""A host says that it is ready when each of its workers is."""

import pytest

from resolver.holder import Holder
from resolver.readiness import OTHERS_SECONDS, Readiness
from rules_compiler.dict_table import DictTable
from tests.factories import NOON


class Instant:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def holder() -> Holder:
    return Holder(lambda: NOON)


@pytest.fixture
def instant() -> Instant:
    return Instant()


def load(holder: Holder) -> None:
    holder.replace(DictTable(1, {}))


def test_without_a_table_it_is_not(holder: Holder, instant: Instant) -> None:
    readiness = Readiness(holder, instant)
    readiness.begin()
    instant.now += 60
    assert not readiness.is_ready


def test_with_a_table_at_the_start_it_is_so_at_once(holder: Holder, instant: Instant) -> None:
    load(holder)
    readiness = Readiness(holder, instant)
    readiness.begin()
    assert readiness.is_ready


def test_a_table_that_came_later_may_not_have_come_to_the_others(holder: Holder, instant: Instant) -> None:
    readiness = Readiness(holder, instant)
    readiness.begin()
    load(holder)
    assert not readiness.is_ready
    instant.now += OTHERS_SECONDS
    assert readiness.is_ready


def test_one_that_ends_soon_is_not(holder: Holder, instant: Instant) -> None:
    load(holder)
    readiness = Readiness(holder, instant)
    readiness.begin()
    readiness.end()
    assert not readiness.is_ready
