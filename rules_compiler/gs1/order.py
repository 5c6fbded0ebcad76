"""Which identifiers may stand together in one link, and in which order."""

from collections.abc import Collection, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from rules_compiler.gs1.dictionary import IDENTIFIERS, PRIMARY_KEYS
from rules_compiler.gs1.errors import DigitalLinkError
from rules_compiler.gs1.options import ParseOptions


class Pair(NamedTuple):
    """Two segments of a path: an identifier and its undecoded value, and where the first starts."""

    ai: str
    raw: str
    position: int


def arrange(pairs: Sequence[Pair], options: ParseOptions) -> tuple[list[Pair], list[Pair]]:
    """Split *pairs* into the key with its qualifiers, in order, and the attributes among them.

    Raises DigitalLinkError for what *options* do not take.
    """
    key, *others = pairs
    sequences = PRIMARY_KEYS[key.ai]
    known = {ai for sequence in sequences for ai in sequence}
    qualifiers: list[Pair] = []
    attributes: list[Pair] = []
    for pair in others:
        if any(pair.ai == earlier.ai for earlier in (*qualifiers, *attributes)):
            raise _refuse_duplicate(pair.ai, pair.position)
        if pair.ai in known:
            qualifiers.append(pair)
        elif options.attributes_in_path and IDENTIFIERS[pair.ai].is_attribute:
            attributes.append(pair)
        else:
            raise _refuse_qualifier(key.ai, pair)
    sequence = _choose_sequence(key.ai, qualifiers)
    ordered = sorted(qualifiers, key=lambda pair: sequence.index(pair.ai))
    if ordered != qualifiers and not options.any_order:
        raise _refuse_order(sequence, qualifiers)
    return [key, *ordered], attributes


def check_attribute(ai: str, path: tuple[str, ...], others: Collection[str], position: int) -> None:
    """Raise DigitalLinkError when *ai* may not be a data attribute beside *path* and *others*.

    *path* holds the identifiers of a valid path, *others* all identifiers of the link so far.
    """
    definition = IDENTIFIERS.get(ai)
    if definition is None:
        message = f"{ai} is no application identifier: a parameter named by digits alone must be one."
        raise DigitalLinkError("unknown_ai", position, message)
    if ai in others:
        raise _refuse_duplicate(ai, position)
    if not definition.is_attribute:
        message = f"{ai} may not be a data attribute: take it out of the query."
        raise DigitalLinkError("not_an_attribute", position, message)
    if ai in _qualifiers_left(path):
        message = f"{ai} qualifies {path[0]}: write it in the path, as /{ai}/value, and not in the query."
        raise DigitalLinkError("belongs_in_path", position, message)


@cache
def _qualifiers_left(path: tuple[str, ...]) -> frozenset[str]:
    """Return the qualifiers that could still join a valid *path*."""
    key, *present = path
    return frozenset().union(*(sequence for sequence in PRIMARY_KEYS[key] if set(present) <= set(sequence)))


def check_exclusions(ai: str, others: Collection[str], position: int) -> None:
    """Raise DigitalLinkError when *ai* and one of *others* exclude each other."""
    excludes = IDENTIFIERS[ai].excludes
    if not excludes.isdisjoint(others):
        other = next(other for other in others if other in excludes)
        message = f"{ai} and {other} exclude each other: leave one of them out."
        raise DigitalLinkError("excluded_pair", position, message)


def _refuse_duplicate(ai: str, position: int) -> DigitalLinkError:
    return DigitalLinkError(
        "duplicate_ai", position, f"{ai} stands here a second time: leave one of them out."
    )


def _choose_sequence(key: str, qualifiers: Sequence[Pair]) -> Sequence[str]:
    """Return the first sequence of *key* that has all *qualifiers*; raises DigitalLinkError."""
    names = {pair.ai for pair in qualifiers}
    for sequence in PRIMARY_KEYS[key]:
        if names <= set(sequence):
            return sequence
    first = qualifiers[0].ai
    own = next(sequence for sequence in PRIMARY_KEYS[key] if first in sequence)
    stranger = next(pair for pair in qualifiers if pair.ai not in own)
    message = f"{stranger.ai} and {first} belong to different sequences of {key}: keep one of them."
    raise DigitalLinkError("mixed_qualifiers", stranger.position, message)


def _refuse_qualifier(key: str, pair: Pair) -> DigitalLinkError:
    advice = (
        f"write it in the query, as ?{pair.ai}=value"
        if IDENTIFIERS[pair.ai].is_attribute
        else "take it out of the path"
    )
    message = f"{pair.ai} does not qualify {key}: {advice}."
    return DigitalLinkError("not_a_qualifier", pair.position, message)


def _refuse_order(sequence: Sequence[str], qualifiers: Sequence[Pair]) -> DigitalLinkError:
    for before, pair in pairwise(qualifiers):
        if sequence.index(pair.ai) < sequence.index(before.ai):
            break
    message = f"{pair.ai} must stand before {before.ai}: the order is {', '.join(sequence)}."
    return DigitalLinkError("qualifier_order", pair.position, message)
