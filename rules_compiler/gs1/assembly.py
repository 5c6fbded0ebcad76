"""From identifiers and values in any order to the one link that says them."""

from collections.abc import Iterable, Sequence

from rules_compiler.gs1.application_identifiers import ROWS
from rules_compiler.gs1.dictionary import PRIMARY_KEYS
from rules_compiler.gs1.errors import DigitalLinkError
from rules_compiler.gs1.formats import check_value
from rules_compiler.gs1.levels import Elements, slice_key
from rules_compiler.gs1.link import DigitalLink
from rules_compiler.gs1.order import Pair, check_attribute, check_exclusions

# Two digits tell it: identifiers that share them are all of predefined length, or none is.
_PREDEFINED = frozenset(row[0][:2] for row in ROWS if "*" in row[1])


def has_predefined_length(ai: str) -> bool:
    """Tell whether the values of *ai* are all of one length, known to every reader of barcodes."""
    return ai[:2] in _PREDEFINED


def assemble(pairs: Sequence[Pair]) -> DigitalLink:
    """Return the link of *pairs*, values decoded; raises DigitalLinkError at the pair at fault.

    The first primary key wins, with the sequence of qualifiers that uses most of the pairs; what
    is left must be data attributes, which keep their order behind those of predefined length.
    """
    path = _choose_path(pairs)
    ais = _check_values(path)
    others = [pair for pair in pairs if pair not in path]
    others.sort(key=lambda pair: not has_predefined_length(pair.ai))
    names = [pair.ai for pair in path]
    for ai, value, position in others:
        check_attribute(ai, tuple(pair.ai for pair in path), names, position)
        check_value(ai, value, position)
        check_exclusions(ai, names, position)
        names.append(ai)
    return DigitalLink(ais, slice_key(ais), tuple((ai, value) for ai, value, _ in others))


def _choose_path(pairs: Sequence[Pair]) -> list[Pair]:
    firsts: dict[str, Pair] = {}
    for pair in pairs:
        firsts.setdefault(pair.ai, pair)
    key = next((ai for ai in firsts if ai in PRIMARY_KEYS), None)
    if key is None:
        message = "There is no primary key, such as 01 with a GTIN of 14 digits: a link starts from one."
        raise DigitalLinkError("no_primary_key", 0, message)
    sequence = max(PRIMARY_KEYS[key], key=lambda sequence: len(firsts.keys() & set(sequence)))
    return [firsts[key], *(firsts[ai] for ai in sequence if ai in firsts)]


def _check_values(pairs: Iterable[Pair]) -> Elements:
    for ai, value, position in pairs:
        check_value(ai, value, position)
    return tuple((ai, value) for ai, value, _ in pairs)
