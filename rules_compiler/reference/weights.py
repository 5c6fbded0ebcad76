"""Which arm of a weight group a client gets."""

from collections.abc import Sequence
from hashlib import blake2b
from math import log

from rules_compiler.model import Rule, SliceKey


def find_other_arms(candidates: Sequence[Rule], anchor: SliceKey, network: str) -> set[str]:
    """Return the ids of the rules that leave this client to another arm of their group."""
    others = set()
    for rule in candidates:
        arms = [arm for arm in candidates if arm.weight and arm.order_index == rule.order_index]
        if rule.weight and max(arms, key=lambda arm: _fortune(arm, anchor, network)) != rule:
            others.add(rule.id)
    return others


def _fortune(arm: Rule, anchor: SliceKey, network: str) -> float:
    drawn = blake2b(f"{anchor}\n{network}\n{arm.id}".encode(), digest_size=8).hexdigest()
    return log((int(drawn, 16) + 1) / 2**64) / (arm.weight or 1)
