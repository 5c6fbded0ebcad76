"""The reference itself: the worked examples of the standard, and what it says of each rule."""

import pytest

from rules_compiler.model import Catalogue, DeadPolicy, Outcome
from rules_compiler.reference import Considered, Verdict, answer, consider
from rules_compiler.reference.linkset import Level, Link, linkset
from tests.factories import (
    GTIN,
    NOON,
    OTHER_GTIN,
    RIVAL_ID,
    brand_key,
    item_key,
    lot_key,
    make_brand,
    make_catalogue,
    make_query,
    make_rule,
    organization_key,
    serial_key,
)


def url_of(rule_id: str) -> str:
    return f"https://example.com/{rule_id}"


class TestAnswer:
    """The example of the standard's clause on walking up."""

    catalogue = make_catalogue(
        make_rule("A"),
        make_rule("A-pip", order_index=1, link_type="gs1:pip"),
        make_rule("R", order_index=2, link_type="gs1:recallStatus"),
        make_rule("B", slice_key=lot_key()),
        make_rule("B-safety", order_index=1, slice_key=lot_key(), link_type="gs1:safetyInfo"),
        make_rule("C", slice_key=serial_key()),
    )

    @pytest.mark.parametrize(
        ("qualifiers", "link_type", "winner"),
        [
            ([], None, "A"),
            ([], "gs1:recallStatus", "R"),
            ([], "gs1:safetyInfo", None),
            ([("10", "ABC")], None, "B"),
            ([("10", "ABC")], "gs1:recallStatus", "R"),
            ([("10", "ABC")], "gs1:safetyInfo", "B-safety"),
            ([("10", "XYZ")], None, "A"),
            ([("10", "XYZ")], "gs1:safetyInfo", None),
            ([("10", "ABC"), ("21", "1234")], None, "C"),
            ([("10", "ABC"), ("21", "1234")], "gs1:recallStatus", "R"),
            ([("10", "ABC"), ("21", "1234")], "gs1:safetyInfo", "B-safety"),
            ([("10", "ABC"), ("21", "9999")], None, "B"),
            ([("22", "2A"), ("10", "ABC")], None, "B"),
        ],
    )
    def test_walks_up_until_a_level_has_the_type(
        self, qualifiers: list[tuple[str, str]], link_type: str | None, winner: str | None
    ) -> None:
        decision = answer(self.catalogue, make_query(*qualifiers, link_type=link_type))

        assert decision.rule_id == winner
        assert decision.url == (winner and url_of(winner))

    def test_offers_choices_in_order(self) -> None:
        manuals = {"link_type": "gs1:instructions", "languages": ("en",)}
        catalogue = make_catalogue(
            make_rule("late", order_index=7, **manuals), make_rule("early", order_index=3, **manuals)
        )

        decision = answer(catalogue, make_query(link_type="gs1:instructions"))

        assert (decision.outcome, decision.choices) == (Outcome.CHOICES, ("early", "late"))


class TestConsider:
    def test_lists_rules_narrow_to_wide_in_their_order(self) -> None:
        catalogue = make_catalogue(
            make_rule("organization", slice_key=organization_key()),
            make_rule("brand", slice_key=brand_key()),
            make_rule("second", order_index=2),
            make_rule("first", order_index=1),
            make_rule("batch", slice_key=lot_key(), enabled=False),
            make_rule("serial", slice_key=serial_key(), enabled=False),
        )

        considered = consider(catalogue, make_query(("10", "ABC"), ("21", "1234")))

        assert [(each.rule.id, each.verdict) for each in considered] == [
            ("serial", Verdict.DISABLED),
            ("batch", Verdict.DISABLED),
            ("first", Verdict.WON),
            ("second", Verdict.AFTER_FALLBACK),
            ("brand", Verdict.WIDER_SCOPE),
            ("organization", Verdict.WIDER_SCOPE),
        ]

    def test_names_the_value_that_a_target_lacks(self) -> None:
        rule = make_rule(custom_url="https://example.com/{gtin}/{serial}/{lot}")

        considered = consider(make_catalogue(rule), make_query(("10", "ABC")))

        assert considered == [Considered(rule, Verdict.MISSING_VALUE, "{serial}")]

    def test_gives_the_first_reason_of_several(self) -> None:
        rule = make_rule(days_of_week=(6,), location_countries=("CA",), is_dead=True)

        [considered] = consider(make_catalogue(rule), make_query())

        assert considered.verdict is Verdict.CLOSED_WINDOW

    def test_passes_over_the_rules_of_other_organizations(self) -> None:
        catalogue = make_catalogue(make_rule(organization_id=RIVAL_ID))

        assert consider(catalogue, make_query()) == []

    def test_has_nothing_to_consider_for_an_unknown_item(self) -> None:
        catalogue = make_catalogue(make_rule())

        assert consider(catalogue, make_query(ais=(("01", OTHER_GTIN),))) == []


class TestLinkset:
    def list_links(self, catalogue: Catalogue, *qualifiers: tuple[str, str]) -> list[Level]:
        return linkset(catalogue, (("01", GTIN), *qualifiers), NOON)

    def test_has_an_anchor_for_each_level_that_says_something(self) -> None:
        levels = self.list_links(TestAnswer.catalogue, ("10", "ABC"), ("21", "1234"))

        assert [level.anchor for level in levels] == [serial_key(), lot_key(), item_key()]
        assert [level.default.rule_id for level in levels] == ["C", "B", "A"]

    def test_leaves_out_levels_that_say_nothing(self) -> None:
        levels = self.list_links(TestAnswer.catalogue, ("10", "XYZ"))

        assert [level.anchor for level in levels] == [item_key()]

    def test_has_a_serial_always_for_it_can_be_verified(self) -> None:
        levels = self.list_links(TestAnswer.catalogue, ("10", "XYZ"), ("21", "9999"))

        assert [(level.anchor, level.is_serial) for level in levels] == [
            (serial_key("9999"), True),
            (item_key(), False),
        ]

    def test_leaves_verifications_by_others_out_of_a_serial(self) -> None:
        rule = make_rule("verify", link_type="gs1:verificationService")

        serial, item = self.list_links(make_catalogue(rule), ("21", "9999"))

        assert "gs1:verificationService" not in {link.link_type for link in serial.links}
        assert "gs1:verificationService" in {link.link_type for link in item.links}

    def test_knows_nothing_of_an_unknown_item(self) -> None:
        assert linkset(TestAnswer.catalogue, (("01", OTHER_GTIN),), NOON) == []

    def test_shows_the_hosted_page_of_an_item_without_rules(self) -> None:
        [level] = self.list_links(make_catalogue())

        assert level.default == Link("gs1:pip")
        assert level.links == (Link("gs1:pip"),)

    def test_shows_the_hosted_page_of_an_item_without_owner(self) -> None:
        catalogue = make_catalogue(make_rule(), brands=(make_brand(organization_id=None),))

        [level] = self.list_links(catalogue)

        assert level.default == Link("gs1:pip")

    def test_shows_links_of_brand_and_organization_under_the_primary_key(self) -> None:
        catalogue = make_catalogue(
            make_rule("brand", slice_key=brand_key(), link_type="gs1:recallStatus"),
            make_rule("organization", slice_key=organization_key()),
        )

        [level] = self.list_links(catalogue, ("10", "ABC"))

        assert level.default.rule_id == "organization"
        assert {(link.link_type, link.rule_id) for link in level.links} == {
            ("gs1:recallStatus", "brand"),
            ("gs1:pip", "organization"),
        }

    def test_separates_the_default_from_its_variants(self) -> None:
        catalogue = make_catalogue(
            make_rule("german", order_index=0, languages=("de",)),
            make_rule("canadian", order_index=1, location_countries=("CA",)),
            make_rule("fallback", order_index=2),
            make_rule("never", order_index=3),
        )

        [level] = self.list_links(catalogue)

        assert level.default.rule_id == "fallback"
        assert [link.rule_id for link in level.variants] == ["german", "canadian"]
        assert [link.rule_id for link in level.links] == ["german", "canadian", "fallback"]

    def test_inherits_the_default_of_a_wider_scope(self) -> None:
        catalogue = make_catalogue(
            make_rule("recall", slice_key=lot_key(), link_type="gs1:recallStatus"), make_rule("product")
        )

        lot, _ = self.list_links(catalogue, ("10", "ABC"))

        assert lot.default.rule_id == "product"
        assert [(link.link_type, link.rule_id) for link in lot.links] == [
            ("gs1:recallStatus", "recall"),
            ("gs1:pip", "product"),
        ]

    def test_inherits_the_variants_of_a_wider_scope_and_its_links_of_their_type(self) -> None:
        catalogue = make_catalogue(
            make_rule("recall", slice_key=lot_key(), link_type="gs1:recallStatus"),
            make_rule("german", languages=("de",)),
            make_rule("french", order_index=1, link_type="gs1:pip", languages=("fr",)),
            make_rule("product", order_index=2),
        )

        lot, _ = self.list_links(catalogue, ("10", "ABC"))

        assert (lot.default.rule_id, [link.rule_id for link in lot.variants]) == ("product", ["german"])
        assert [link.rule_id for link in lot.links] == ["recall", "german", "french", "product"]

    def test_leaves_out_variants_that_a_narrower_scope_has_too(self) -> None:
        catalogue = make_catalogue(
            make_rule("german", languages=("de", "en")),
            make_rule("brand-german", slice_key=brand_key(), languages=("de",)),
            make_rule("brand-french", slice_key=brand_key(), order_index=1, languages=("fr",)),
        )

        [level] = self.list_links(catalogue)

        assert [link.rule_id for link in level.variants] == ["german", "brand-french"]

    def test_leaves_out_links_of_a_type_that_a_narrower_scope_always_has(self) -> None:
        of_type = {"link_type": "gs1:recallStatus"}
        catalogue = make_catalogue(
            make_rule("german", languages=("de",), **of_type),
            make_rule("brand", slice_key=brand_key(), **of_type),
        )

        [level] = self.list_links(catalogue)

        assert [link.rule_id for link in level.links] == ["german", None]

    def test_takes_the_default_type_where_nothing_without_type_holds(self) -> None:
        catalogue = make_catalogue(
            make_rule("canadian", location_countries=("CA",)),
            make_rule("page", order_index=1, link_type="gs1:pip"),
            make_rule("brand", slice_key=brand_key()),
        )

        [level] = self.list_links(catalogue)

        assert (level.default.rule_id, [link.rule_id for link in level.variants]) == ("page", ["canadian"])

    def test_lists_a_link_for_some_beside_those_of_a_wider_scope(self) -> None:
        catalogue = make_catalogue(
            make_rule("canadian", slice_key=lot_key(), location_countries=("CA",)),
            make_rule("page", link_type="gs1:pip"),
            make_rule("product", order_index=1),
        )

        lot, _ = self.list_links(catalogue, ("10", "ABC"))

        assert [link.rule_id for link in lot.links] == ["canadian", "page", "product"]

    def test_lists_a_described_default_under_its_type_alone(self) -> None:
        catalogue = make_catalogue(
            make_rule("default", custom_url=url_of("manual")),
            make_rule("manual", order_index=1, link_type="gs1:instructions"),
            make_rule("german", order_index=2, link_type="gs1:instructions", languages=("de",)),
        )

        [level] = self.list_links(catalogue)

        assert [(link.link_type, link.rule_id) for link in level.links] == [("gs1:instructions", "manual")]

    def test_leaves_out_what_depends_on_the_caller(self) -> None:
        catalogue = make_catalogue(
            make_rule("region", order_index=0, location_regions=("Ontario",)),
            make_rule("city", order_index=1, location_cities=("Toronto",)),
            make_rule("language", order_index=2, custom_url="https://example.com/{lang}"),
            make_rule("lot", order_index=3, custom_url="https://example.com/{lot}"),
        )

        [level] = self.list_links(catalogue)

        assert level.links == (Link("gs1:pip"),)

    def test_fills_targets_with_the_values_of_the_anchor(self) -> None:
        catalogue = make_catalogue(
            make_rule(slice_key=lot_key("a/b"), custom_url="https://example.com/{gtin13}?lot={lot}")
        )

        lot, _ = self.list_links(catalogue, ("10", "a/b"))

        assert lot.default.href == "https://example.com/9506000134352?lot=a%2Fb"

    def test_shows_a_dead_target_as_the_hosted_page_or_not_at_all(self) -> None:
        catalogue = make_catalogue(
            make_rule("skipped", order_index=0, is_dead=True),
            make_rule(
                "hosted", order_index=1, is_dead=True, on_custom_url_dead=DeadPolicy.FALLBACK_TO_HOSTED
            ),
        )

        [level] = self.list_links(catalogue)

        assert level.links == (Link("gs1:pip", "hosted"),)

    def test_lists_nothing_under_a_type_that_the_vocabulary_lacks(self) -> None:
        catalogue = make_catalogue(
            make_rule("default", custom_url=url_of("warranty")),
            make_rule("warranty", order_index=1, link_type="gs1:warranty"),
        )

        [level] = self.list_links(catalogue)

        assert [(link.link_type, link.rule_id) for link in level.links] == [("gs1:pip", "default")]
