"""Table, reference and explanation agree, whatever the rules, the request and the time.

The properties look at 6,300 examples together, most with up to three queries; with
`HYPOTHESIS_PROFILE=deep` at twenty times as many.
"""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_compiler import reference
from rules_compiler.compiler import compile_catalogue
from rules_compiler.decide import decide
from rules_compiler.explain import Explanation, explain
from rules_compiler.model import Catalogue, Decision, Query
from tests.rules_compiler.key_strategies import others
from tests.rules_compiler.strategies import anything, crowds, negotiations, queries, seasons

EXAMPLES = settings().max_examples
LOOK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

several_queries = st.lists(queries, min_size=1, max_size=3)


@settings(LOOK, max_examples=30 * EXAMPLES)
@given(catalogue=anything, asked=several_queries)
def test_table_and_reference_agree(catalogue: Catalogue, asked: list[Query]) -> None:
    assert_twins_agree(catalogue, asked)


@settings(LOOK, max_examples=10 * EXAMPLES)
@given(catalogue=seasons, asked=several_queries)
def test_they_agree_on_time(catalogue: Catalogue, asked: list[Query]) -> None:
    assert_twins_agree(catalogue, asked)


@settings(LOOK, max_examples=10 * EXAMPLES)
@given(catalogue=negotiations, asked=several_queries)
def test_they_agree_on_preferences(catalogue: Catalogue, asked: list[Query]) -> None:
    assert_twins_agree(catalogue, asked)


@settings(LOOK, max_examples=10 * EXAMPLES)
@given(catalogue=crowds, asked=several_queries)
def test_they_agree_on_targets(catalogue: Catalogue, asked: list[Query]) -> None:
    assert_twins_agree(catalogue, asked)


@settings(LOOK, max_examples=3 * EXAMPLES)
@given(asked=others)
def test_they_agree_on_every_primary_key(asked: tuple[Catalogue, Query]) -> None:
    catalogue, query = asked
    assert_twins_agree(catalogue, [query])


def assert_twins_agree(catalogue: Catalogue, asked: list[Query]) -> None:
    table = compile_catalogue(catalogue)

    for query in asked:
        decision = decide(table, query)
        assert decision == reference.answer(catalogue, query)
        assert_explained(decision, explain(catalogue, query))


def assert_explained(decision: Decision, explanation: Explanation) -> None:
    """Hold the reasons to the decision that they are given for: one rule wins, or some are offered."""
    won = [reason.rule.id for reason in explanation.reasons if reason.code == "won"]
    offered = [reason.rule.id for reason in explanation.reasons if reason.code == "offered"]
    assert explanation.decision == decision
    assert won == ([] if decision.rule_id is None else [decision.rule_id])
    assert tuple(offered) == decision.choices
    assert all(reason.sentence for reason in explanation.reasons)
