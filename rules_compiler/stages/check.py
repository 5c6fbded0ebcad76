"""Stage 1: refuse rules that cannot mean anything, naming every problem at once."""

from collections.abc import Callable, Iterable

from rules_compiler.languages import language_problems, media_type_problems
from rules_compiler.link_types import link_type_problems
from rules_compiler.model import Rule
from rules_compiler.places import place_problems
from rules_compiler.problems import Problem, RulesInvalidError
from rules_compiler.templates import template_problems, url_problems
from rules_compiler.weights import weight_problems
from rules_compiler.windows import schedule_problems

_CHECKS: tuple[Callable[[Rule], list[Problem]], ...] = (
    url_problems,
    template_problems,
    link_type_problems,
    schedule_problems,
    place_problems,
    language_problems,
    media_type_problems,
    weight_problems,
)


def find_problems(rules: Iterable[Rule]) -> list[Problem]:
    """Return everything that is wrong with *rules*, in the order of the rules."""
    return [problem for rule in rules for find in _CHECKS for problem in find(rule)]


def check(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return *rules* when all of them can compile; raises RulesInvalidError otherwise."""
    problems = find_problems(rules)
    if problems:
        raise RulesInvalidError(problems)
    return rules
