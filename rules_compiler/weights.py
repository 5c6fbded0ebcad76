"""Share the callers of one place in a scope between the arms of a weight group.

Each arm draws for each client network, and the smallest draw for its weight wins. So an arm gets
the share that its weight has, a client gets the same arm every time, and when an arm leaves or
comes, no client changes between the others.
"""

from hashlib import blake2b
from math import log

from rules_compiler.model import Rule, SliceKey
from rules_compiler.problems import Problem

MAX_WEIGHT = 1_000

_DRAW_BYTES = 8
_DRAWS = 256**_DRAW_BYTES


def weight_problems(rule: Rule) -> list[Problem]:
    """Return what is wrong with the weight of *rule*."""
    if rule.weight is None or 1 <= rule.weight <= MAX_WEIGHT:
        return []
    message = f"{rule.weight} is no weight: give a number from 1 to {MAX_WEIGHT}."
    return [Problem("bad_weight", rule.id, "weight", message)]


def draw(rule_id: str, weight: int, anchor: SliceKey, network: str) -> float:
    """Return how late an arm comes for a client network at an identifier; the first one answers."""
    drawn = blake2b(f"{anchor}\n{network}\n{rule_id}".encode(), digest_size=_DRAW_BYTES).digest()
    return -log((int.from_bytes(drawn, "big") + 1) / _DRAWS) / weight
