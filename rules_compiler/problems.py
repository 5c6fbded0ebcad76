"""What is wrong with a set of rules, all of it at once."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One defect: a stable code, the rule and field it is in, and what to do about it."""

    code: str
    rule_id: str
    field: str
    message: str


class RulesInvalidError(ValueError):
    """Rules cannot be compiled. `problems` lists every defect, in the order of the rules."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.rule_id}.{p.field}: {p.message}" for p in self.problems))
