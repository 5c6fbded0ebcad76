"""The cases of `tests/cases`: what the reference and the compiled table both answer."""

from collections.abc import Callable

import pytest

from rules_compiler import reference
from rules_compiler.compiler import compile_catalogue
from rules_compiler.decide import decide
from rules_compiler.model import Catalogue, Decision, Outcome, Query
from tests.case_files import Case, read_cases, to_catalogue, to_query


def shown(decision: Decision, request: str) -> Case:
    """Write a decision as `want` does."""
    if decision.outcome is Outcome.NOT_FOUND:
        return {"status": 404}
    if decision.outcome is Outcome.CHOICES:
        return {"status": 300, "choices": list(decision.choices)}
    location = decision.url if decision.outcome is Outcome.REDIRECT else "/p" + request.partition("?")[0]
    return {"status": 307, "location": location, "rule": decision.rule_id}


def answer_by_table(catalogue: Catalogue, query: Query) -> Decision:
    return decide(compile_catalogue(catalogue), query)


@pytest.mark.parametrize("answer", [reference.answer, answer_by_table], ids=["reference", "table"])
@pytest.mark.parametrize("case", read_cases())
def test_the_case_is_answered(case: Case, answer: Callable[[Catalogue, Query], Decision]) -> None:
    decision = answer(to_catalogue(case), to_query(case))

    assert shown(decision, case["request"]) == case["want"]


@pytest.mark.parametrize("case", [case for case in read_cases() if "why" in case.values[0]])
def test_the_reference_says_why(case: Case) -> None:
    considered = reference.consider(to_catalogue(case), to_query(case))

    verdicts = {each.rule.id: str(each.verdict) for each in considered}
    assert {rule_id: verdicts.get(rule_id) for rule_id in case["why"]} == case["why"]
