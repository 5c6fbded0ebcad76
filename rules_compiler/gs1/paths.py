"""The path of a Digital Link: find the key, pair identifiers with values, check each."""

from collections.abc import Iterator, Sequence

from rules_compiler.gs1.compressed import expand
from rules_compiler.gs1.dictionary import IDENTIFIERS, PRIMARY_KEYS
from rules_compiler.gs1.errors import DigitalLinkError
from rules_compiler.gs1.formats import read_value, shown
from rules_compiler.gs1.levels import LEVELS, Elements, slice_key
from rules_compiler.gs1.link import DigitalLink
from rules_compiler.gs1.options import ParseOptions
from rules_compiler.gs1.order import Pair, arrange, check_exclusions


def read_path(raw_path: bytes, options: ParseOptions) -> DigitalLink:
    """Return the link that the undecoded *raw_path* is, without a query; raises DigitalLinkError.

    A path without a key may end in an EPC (`eh…`, `ex…`): then the link is what the EPC says.
    """
    segments = raw_path.decode("latin-1").split("/")
    key = _find_key(segments)
    if key is None and options.trailing_slash and raw_path.endswith(b"/"):
        segments.pop()
        key = _find_key(segments)
    if key is None:
        expanded = expand(raw_path, options)
        if expanded is None:
            raise _refuse_keyless(segments)
        return expanded
    if key > 1 and not options.stem:
        message = f"The primary key {segments[key]} must come first in the path: take out what precedes it."
        raise DigitalLinkError("no_primary_key", 0, message)
    pairs = list(_pair_up(segments, key))
    attributes: list[Pair] = []
    if tuple([pair.ai for pair in pairs]) not in LEVELS:
        pairs, attributes = arrange(pairs, options)
    ais = _read_pairs(pairs, options)
    for pair in attributes:
        check_exclusions(pair.ai, [other.ai for other in (*pairs, *attributes)], pair.position)
    return DigitalLink(ais, slice_key(ais), _read_pairs(attributes, options), stem="/".join(segments[:key]))


def _find_key(segments: Sequence[str]) -> int | None:
    """Return the index of the primary key, or None.

    The search takes pairs from the right: it passes known identifiers, and ends at a key.
    """
    if segments[0]:
        return None
    for index in range(len(segments) - 2, 0, -2):
        if segments[index] in PRIMARY_KEYS:
            return index
        if segments[index] not in IDENTIFIERS:
            return None
    return None


def _pair_up(segments: Sequence[str], key: int) -> Iterator[Pair]:
    position = _position_of(segments, key)
    for index in range(key, len(segments), 2):
        ai, raw = segments[index], segments[index + 1]
        yield Pair(ai, raw, position)
        position += len(ai) + len(raw) + 2


def _read_pairs(pairs: Sequence[Pair], options: ParseOptions) -> Elements:
    return tuple([(ai, read_value(ai, raw, at + len(ai) + 1, options)) for ai, raw, at in pairs])


def _position_of(segments: Sequence[str], index: int) -> int:
    return sum(map(len, segments[:index])) + index


def _refuse_keyless(segments: Sequence[str]) -> DigitalLinkError:
    """Return why the path has no key: a segment too many, a foreign name after it, or none at all."""
    last = len(segments) - 1
    if last > 1 and _find_key(segments[:-1]) is not None:
        message = (
            f"The segment {shown(segments[last])} stands alone: after the key come pairs, /identifier/value."
            if segments[last]
            else "The path ends in a slash: take it away."
        )
        return DigitalLinkError("dangling_segment", _position_of(segments, last), message)
    names = range(last - 1, 0, -2)
    if not segments[0] and any(segments[index] in PRIMARY_KEYS for index in names):
        foreign = next(index for index in names if segments[index] not in IDENTIFIERS)
        message = f"{shown(segments[foreign])} is no application identifier: only pairs may follow the key."
        return DigitalLinkError("unknown_ai", _position_of(segments, foreign), message)
    message = "The path holds no primary key with a value, such as /01/ and a GTIN of 14 digits."
    return DigitalLinkError("no_primary_key", 0, message)
