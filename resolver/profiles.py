"""The two readings of a request: GS1's standard to the letter, and the contract of the platform.

Everything in which they differ is a value in this one table.
"""

from collections.abc import Callable
from dataclasses import dataclass

from resolver.negotiate import Representation
from rules_compiler.compose import Composition
from rules_compiler.decide import Verdict, judge
from rules_compiler.first_match import judge_first
from rules_compiler.gs1 import EDGE, LENIENT, PRIMARY_KEYS, ParseOptions
from rules_compiler.model import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How requests are read and answered.

    `unspecific` is the form for a caller who names none. `json_is_a_link` says that a caller who
    wants JSON is sent to a link of that type where there is one, or asked for one by link type.
    `has_default_sets` says that *judge* chooses from them who asks for no link type.
    """

    parsing: ParseOptions
    primary_keys: frozenset[str]
    unspecific: Representation
    json_is_a_link: bool
    redirect_status: int
    forwards_query: bool
    judge: Callable[[Composition, Query], Verdict]
    has_default_sets: bool


PROFILES = {
    "gs1": Profile(
        parsing=EDGE,
        primary_keys=frozenset(PRIMARY_KEYS),
        unspecific=Representation.REDIRECT,
        json_is_a_link=True,
        redirect_status=307,
        forwards_query=True,
        judge=judge,
        has_default_sets=True,
    ),
    "contract": Profile(
        parsing=LENIENT,
        primary_keys=frozenset({"00", "01", "414", "417"}),
        unspecific=Representation.JSON,
        json_is_a_link=False,
        redirect_status=302,
        forwards_query=False,
        judge=judge_first,
        has_default_sets=False,
    ),
}
