"""The steps from a customer's rules to the entries of a slice, in the order they run."""

from collections.abc import Callable

from rules_compiler.model import Rule
from rules_compiler.stages.check import check
from rules_compiler.stages.order import order
from rules_compiler.stages.prune import prune

Stage = Callable[[tuple[Rule, ...]], tuple[Rule, ...]]

STAGES: tuple[tuple[str, Stage], ...] = (
    ("check", check),
    ("prune", prune),
    ("order", order),
)
"""Each stage takes the rules that the one before it left. `shape` then makes entries of them."""
