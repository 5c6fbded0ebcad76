from rules_compiler.explain import explain
from tests.factories import lot_key, make_catalogue, make_query, make_rule, organization_key


def test_every_rule_is_told_in_order_with_its_reason() -> None:
    rules = (
        make_rule("everybody", slice_key=organization_key()),
        make_rule("off", enabled=False),
        make_rule("winter", order_index=1, annual_start_mmdd="12-01", annual_end_mmdd="12-31"),
        make_rule("canada", order_index=2, location_countries=("CA",)),
        make_rule("product", order_index=3),
        make_rule("lot", slice_key=lot_key(), custom_url="https://example.com/{serial}"),
    )
    explanation = explain(make_catalogue(*rules), make_query(("10", "ABC")))
    assert explanation.decision.rule_id == "product"
    assert [(reason.rule.id, reason.code) for reason in explanation.reasons] == [
        ("lot", "missing_value"),
        ("off", "disabled"),
        ("winter", "closed_window"),
        ("canada", "other_place"),
        ("product", "won"),
        ("everybody", "wider_scope"),
    ]


def test_a_sentence_names_what_is_missing_and_when_to_look_again() -> None:
    rules = (
        make_rule("lot", custom_url="https://example.com/{serial}"),
        make_rule("evening", order_index=1, time_of_day_start="18:00:00", time_of_day_end="19:00:00"),
    )
    lot, evening = explain(make_catalogue(*rules), make_query()).reasons
    assert lot.sentence == "needs a value for {serial}, which the request does not have"
    assert evening.sentence == "is closed at least until 2026-06-10T18:00:00Z"
