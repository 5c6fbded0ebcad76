"""Which registered levels answer for an identifier, and how each is written as a key."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TypeAlias

from rules_compiler.gs1.dictionary import PRIMARY_KEYS
from rules_compiler.gs1.encoding import encode_value

Elements: TypeAlias = tuple[tuple[str, str], ...]
"""Pairs of application identifier and decoded value."""


def slice_key(ais: Sequence[tuple[str, str]]) -> str:
    """Return the canonical path of *ais* without its leading slash: `01/09520000100018/10/A%2FB`."""
    return "/".join([f"{ai}/{encode_value(value)}" for ai, value in ais])


def _subsets(sequence: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the subsets of *sequence* in its order: larger ones first, then those of later members."""
    for size in range(len(sequence), -1, -1):
        for backwards in combinations(reversed(sequence), size):
            yield backwards[::-1]


def _levels_of(key: str, qualifiers: tuple[str, ...], last: str) -> tuple[tuple[int, ...], ...]:
    """Return the levels of one path as indexes into it, narrowest first.

    The last qualifier of a sequence names one thing whatever stands before it, so it is a level
    by itself; the others narrow the key together or apart.
    """
    names = (key, *qualifiers)
    wider = _subsets(tuple(name for name in qualifiers if name != last))
    narrowest = ((last,),) if last in qualifiers else ()
    return tuple((0, *map(names.index, level)) for level in (*narrowest, *wider))


def _plan_levels() -> Iterator[tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]]:
    for key, alternatives in PRIMARY_KEYS.items():
        for sequence in alternatives:
            for qualifiers in _subsets(sequence):
                yield (key, *qualifiers), _levels_of(key, qualifiers, last=sequence[-1] if sequence else "")


LEVELS = dict(_plan_levels())
"""Every valid sequence of identifiers in a path, with its levels as indexes into the sequence."""

SHAPES = {
    path: tuple("/".join([path[index] for index in level[1:]]) for level in plan[:-1])
    for path, plan in LEVELS.items()
}
"""For each of these its levels below the key by their identifiers, narrowest first: `21`, `22/10`, `10` …"""


def levels(ais: Elements) -> tuple[Elements, ...]:
    """Return the registered levels that answer for *ais*, narrowest first, each with its key.

    *ais* are those of a `DigitalLink`: a key and its qualifiers in order. A GTIN with 22, 10 and
    21 is answered by 21, then 22 and 10 together, then 10, then 22, then the GTIN alone.
    """
    return tuple(tuple([ais[index] for index in level]) for level in LEVELS[tuple([ai for ai, _ in ais])])
