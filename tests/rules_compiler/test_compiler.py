import pytest

from rules_compiler.compiler import compile_catalogue, compile_slice
from rules_compiler.model import DeadPolicy, SerialState
from rules_compiler.problems import RulesInvalidError
from rules_compiler.snapshot import slice_from_bytes
from rules_compiler.tables import HostSlice, ItemSlice, LevelSlice
from tests.factories import (
    ORGANIZATION_ID,
    RIVAL_ID,
    item_key,
    lot_key,
    make_catalogue,
    make_host,
    make_instance,
    make_item,
    make_rule,
    organization_key,
    serial_key,
)

FALLBACK = DeadPolicy.FALLBACK_TO_HOSTED


class TestCompileSlice:
    def test_a_key_of_which_nothing_is_said_has_no_slice(self) -> None:
        assert compile_slice(make_catalogue(), lot_key()) is None

    def test_a_known_authentic_serial_leaves_no_trace(self) -> None:
        catalogue = make_catalogue(instances=(make_instance(key=serial_key()),))
        assert compile_slice(catalogue, serial_key()) is None

    def test_a_flagged_serial_keeps_its_state_even_when_switched_off(self) -> None:
        flagged = make_instance(key=serial_key(), state=SerialState.SUSPECT, is_resolvable=False)
        catalogue = make_catalogue(make_rule(slice_key=serial_key()), instances=(flagged,))
        packed = compile_slice(catalogue, serial_key())
        assert packed is not None
        assert slice_from_bytes(serial_key(), packed) == LevelSlice(serial_key(), SerialState.SUSPECT, {})

    def test_an_organization_that_is_gone_has_no_slice(self) -> None:
        catalogue = make_catalogue(make_rule(slice_key=organization_key()), organizations=())
        assert compile_slice(catalogue, organization_key()) is None

    def test_a_host_tells_whose_it_is(self) -> None:
        key = "host/id.meadow.example"
        packed = compile_slice(make_catalogue(hosts=(make_host(),)), key)
        assert packed is not None
        assert slice_from_bytes(key, packed) == HostSlice(key, ORGANIZATION_ID)

    def test_a_host_that_is_gone_has_no_slice(self) -> None:
        catalogue = make_catalogue(hosts=(make_host(),))
        assert compile_slice(catalogue, "host/id.other.example") is None

    def test_every_problem_of_every_rule_is_told_at_once(self) -> None:
        bad = (
            make_rule("one", custom_url="ftp://example.com", timezone="Mars/Olympus", days_of_week=(1,)),
            make_rule("two", order_index=1, annual_start_mmdd="02-30", location_countries=("DEU",)),
        )
        with pytest.raises(RulesInvalidError) as caught:
            compile_slice(make_catalogue(*bad), item_key())
        assert [(problem.rule_id, problem.field) for problem in caught.value.problems] == [
            ("one", "custom_url"),
            ("one", "timezone"),
            ("two", "annual_start_mmdd"),
            ("two", "location_countries"),
        ]

    def test_rules_of_two_organizations_stay_apart(self) -> None:
        rules = (make_rule("ours"), make_rule("theirs", organization_id=RIVAL_ID))
        packed = compile_slice(make_catalogue(*rules), item_key())
        assert packed is not None
        compiled = slice_from_bytes(item_key(), packed)
        assert {owner: [entry.rule_id for entry in group] for owner, group in compiled.groups.items()} == {
            "meadow": ["ours"],
            "rival": ["theirs"],
        }

    def test_what_cannot_answer_is_not_shipped(self) -> None:
        rules = (
            make_rule("off", enabled=False),
            make_rule("dead", order_index=1, is_dead=True),
            make_rule(
                "hosted", order_index=2, is_dead=True, on_custom_url_dead=DeadPolicy.FALLBACK_TO_HOSTED
            ),
        )
        packed = compile_slice(make_catalogue(*rules), item_key())
        assert packed is not None
        (entry,) = slice_from_bytes(item_key(), packed).groups["meadow"]
        assert (entry.rule_id, entry.url) == ("hosted", None)


class TestItemSlice:
    def test_it_names_the_shapes_of_narrower_levels(self) -> None:
        flagged = make_instance(key=serial_key(), state=SerialState.SUSPECT)
        catalogue = make_catalogue(make_rule(slice_key=lot_key()), instances=(flagged,))
        item = compile_catalogue(catalogue).find(item_key())
        assert isinstance(item, ItemSlice)
        assert item.narrower == {"10", "21"}

    def test_bytes_do_not_depend_on_the_order_of_the_rows(self) -> None:
        rules = [make_rule(str(n), order_index=n) for n in range(4)]
        there = make_catalogue(*rules, items=(make_item(refused_ids=frozenset({"a", "b"})),))
        back = make_catalogue(*reversed(rules), items=(make_item(refused_ids=frozenset({"b", "a"})),))
        assert compile_slice(there, item_key()) == compile_slice(back, item_key())
