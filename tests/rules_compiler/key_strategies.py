"""Random rules and requests about the primary keys beside the GTIN, with all their qualifiers."""

from itertools import combinations

from hypothesis import strategies as st

from rules_compiler.gs1 import Elements
from rules_compiler.model import WILDCARD, Catalogue, Query, SliceKey
from tests.factories import GTIN, LOT, SERIAL, brand_key
from tests.rules_compiler.strategies import catalogues, sometimes, targets, to_queries, types

GLN = "9520000100117"
OTHER_KEYS: tuple[Elements, ...] = (
    (("8006", f"{GTIN}0102"), ("22", "2A"), ("10", LOT), ("21", SERIAL)),
    (("8010", "9520000100PART-7"), ("8011", "41")),
    (("8013", "9520000100MODEL1NL"),),
    (("414", GLN), ("254", "DOCK")),
    (("414", GLN), ("7040", "1ABC")),
    (("415", GLN), ("8020", "INV77")),
    (("417", GLN), ("7040", "1ABC")),
    (("8017", "952000010000000421"), ("8019", "3")),
    (("8018", "952000010000000421"), ("8019", "3")),
    (("255", f"{GLN}0001"),),
    (("00", "395200001000000019"),),
    (("253", f"{GLN}DOC1"),),
    (("401", "9520000100GINC"),),
    (("402", "95200001000000124"),),
    (("8003", "09520000100773BOX1"),),
    (("8004", "9520000100PALLET-1"), ("7040", "1ABC")),
)
"""For each key and each of its sequences of qualifiers an identifier with all of them."""


def subsets(qualifiers: Elements) -> list[Elements]:
    return [some for size in range(len(qualifiers) + 1) for some in combinations(qualifiers, size)]


def to_path(ais: Elements) -> SliceKey:
    return "/".join(f"{ai}/{value}" for ai, value in ais)


def ask_of_key(ais: Elements) -> st.SearchStrategy[tuple[Catalogue, Query]]:
    """Draw rules at any mixture of the qualifiers of *ais*, level or not, and a request for some of them."""
    primary, *qualifiers = ais
    exact = [(primary, *some) for some in subsets(tuple(qualifiers))]
    every = [(*path[:-1], (path[-1][0], WILDCARD)) for path in exact if path[-1][0] in {"10", "21", "22"}]
    scopes = st.sampled_from((*(to_path(path) for path in (*exact, *every)), brand_key(), None))
    asked = [(primary, *some) for some in subsets(tuple((ai, "9") for ai, _ in qualifiers))]
    return st.tuples(
        catalogues(scopes, types, sometimes(targets), most_rules=7, primary=to_path(ais[:1])),
        to_queries(st.sampled_from((*exact, *exact, *asked))),
    )


others: st.SearchStrategy[tuple[Catalogue, Query]] = st.sampled_from(OTHER_KEYS).flatmap(ask_of_key)
