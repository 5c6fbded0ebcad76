"""Weights share the callers of one place out: in proportion, and each caller for good."""

from collections import Counter
from typing import Any

import pytest

from rules_compiler.compiler import compile_catalogue
from rules_compiler.decide import decide
from rules_compiler.dict_table import DictTable
from rules_compiler.explain import explain
from rules_compiler.model import Catalogue, Outcome, Rule
from rules_compiler.problems import RulesInvalidError
from tests.factories import (
    GTIN,
    OTHER_GTIN,
    item_key,
    make_catalogue,
    make_item,
    make_query,
    make_rule,
    organization_key,
)

NETWORKS = [f"{number:06x}" for number in range(10_000)]


def make_arms(**weights: int) -> list[Rule]:
    return [make_rule(name, weight=weight) for name, weight in weights.items()]


def make_table(*rules: Rule) -> DictTable:
    return compile_catalogue(make_catalogue(*rules))


def share_out(table: DictTable, **query: Any) -> dict[str, str | None]:
    """Return the rule that each client network gets."""
    return {network: decide(table, make_query(network=network, **query)).rule_id for network in NETWORKS}


class TestShares:
    @pytest.mark.parametrize(
        "weights",
        [{"a": 1, "b": 1}, {"a": 1, "b": 3}, {"a": 500, "b": 300, "c": 200}, {"a": 1000, "b": 10}],
    )
    def test_each_arm_gets_the_share_of_its_weight(self, weights: dict[str, int]) -> None:
        counts = Counter(share_out(make_table(*make_arms(**weights))).values())
        for name, weight in weights.items():
            share = weight / sum(weights.values())
            # Four standard deviations of a fair draw.
            tolerance = 4 * (share * (1 - share) / len(NETWORKS)) ** 0.5
            assert counts[name] / len(NETWORKS) == pytest.approx(share, abs=tolerance)

    def test_one_arm_alone_gets_everybody(self) -> None:
        assert set(share_out(make_table(make_rule("a", weight=1))).values()) == {"a"}

    def test_a_rule_of_the_item_gives_every_lot_the_same_arm(self) -> None:
        table = make_table(*make_arms(a=1, b=1))
        assert share_out(table) == share_out(table, ais=(("01", GTIN), ("10", "ABC")))

    def test_another_item_is_shared_out_anew(self) -> None:
        arms = [make_rule(name, weight=1, slice_key=organization_key()) for name in "ab"]
        items = (make_item(), make_item(key=item_key(OTHER_GTIN)))
        table = compile_catalogue(make_catalogue(*arms, items=items))
        assert share_out(table) != share_out(table, ais=(("01", OTHER_GTIN),))


class TestStability:
    def test_a_client_gets_the_same_arm_every_time(self) -> None:
        arms = make_arms(a=5, b=3, c=2)
        assert share_out(make_table(*arms)) == share_out(make_table(*reversed(arms)))

    def test_a_dead_arm_leaves_its_callers_to_the_others_alone(self) -> None:
        before = share_out(make_table(*make_arms(a=5, b=3, c=2)))
        after = share_out(make_table(*make_arms(a=5, b=3), make_rule("c", weight=2, is_dead=True)))
        assert {n: arm for n, arm in before.items() if arm != "c"} == {
            n: arm for n, arm in after.items() if before[n] != "c"
        }
        heirs = Counter(arm for network, arm in after.items() if before[network] == "c")
        assert heirs["a"] / heirs.total() == pytest.approx(5 / 8, abs=0.05)

    def test_who_gains_weight_loses_nobody(self) -> None:
        before = share_out(make_table(*make_arms(a=5, b=3)))
        after = share_out(make_table(*make_arms(a=6, b=3)))
        assert {network for network, arm in before.items() if arm == "a"} <= {
            network for network, arm in after.items() if arm == "a"
        }


class TestGroup:
    def test_it_is_one_candidate(self) -> None:
        rules = [make_rule(name, weight=1, link_type="gs1:pip", languages=("de",)) for name in "ab"]
        decision = decide(make_table(*rules), make_query(link_type="gs1:pip", languages=("fr",)))
        assert decision.outcome is Outcome.REDIRECT

    def test_it_ends_its_scope_when_it_is_good_for_everybody(self) -> None:
        table = make_table(*make_arms(a=1, b=1), make_rule("behind", order_index=1, languages=("de",)))
        assert decide(table, make_query(languages=("de",))).rule_id in {"a", "b"}

    def test_an_arm_without_a_value_for_its_target_leaves(self) -> None:
        table = make_table(
            make_rule("a", weight=1), make_rule("b", weight=1000, custom_url="https://example.com/{lot}")
        )
        assert set(share_out(table).values()) == {"a"}


class TestExplain:
    def test_it_shows_every_arm_and_who_won(self) -> None:
        catalogue: Catalogue = make_catalogue(*make_arms(a=1, b=1))
        verdicts = {
            frozenset((reason.rule.id, reason.code) for reason in explain(catalogue, query).reasons)
            for query in (make_query(network=network) for network in NETWORKS[:50])
        }
        assert verdicts == {
            frozenset({("a", "won"), ("b", "other_arm")}),
            frozenset({("a", "other_arm"), ("b", "won")}),
        }


class TestProblems:
    @pytest.mark.parametrize("weight", [0, -1, 1001])
    def test_a_weight_is_from_1_to_1000(self, weight: int) -> None:
        with pytest.raises(RulesInvalidError) as caught:
            make_table(make_rule(weight=weight))
        assert [problem.code for problem in caught.value.problems] == ["bad_weight"]
