from rules_compiler.compiler import compile_catalogue
from rules_compiler.decide import decide
from tests.factories import item_key, lot_key, make_catalogue, make_query, make_rule


def test_the_next_table_answers_anew_and_the_old_one_as_before() -> None:
    before = compile_catalogue(make_catalogue(make_rule("old")), number=1)
    decide(before, make_query())
    changed = compile_catalogue(make_catalogue(make_rule("new"))).packed
    after = before.adopt(2, {item_key(): changed[item_key()]})
    assert (before.number, decide(before, make_query()).rule_id) == (1, "old")
    assert (after.number, decide(after, make_query()).rule_id) == (2, "new")


def test_none_deletes_a_slice_and_a_second_time_nothing() -> None:
    table = compile_catalogue(make_catalogue(make_rule(slice_key=lot_key())))
    after = table.adopt(2, {lot_key(): None, "01/09520000100018": None})
    assert after.find(lot_key()) is None
    assert len(after) == len(table) - 1
