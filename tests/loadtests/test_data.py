from collections import Counter

import pytest

from loadtests.data import brand_at, catalogue_at, gtin_of, item_at, organization_at, pieces, slices_of
from loadtests.recipes import ITEMS_OF_BRAND, ITEMS_OF_ORGANIZATION
from rules_compiler.compiler import compile_catalogue
from rules_compiler.gs1.gtin import normalize_gtin
from rules_compiler.model import Catalogue, ScopeType
from rules_compiler.stages.check import find_problems

SIZE = 2 * ITEMS_OF_ORGANIZATION


@pytest.fixture(scope="module")
def made() -> list[Catalogue]:
    return list(pieces(0, SIZE))


class TestPieces:
    def test_a_product_has_three_rules_on_average(self, made: list[Catalogue]) -> None:
        assert sum(len(piece.rules) for piece in made) == 3 * SIZE

    def test_they_are_always_the_same(self, made: list[Catalogue]) -> None:
        assert list(pieces(0, SIZE)) == made

    def test_parts_make_the_whole(self, made: list[Catalogue]) -> None:
        assert [*pieces(0, ITEMS_OF_ORGANIZATION), *pieces(ITEMS_OF_ORGANIZATION, SIZE)] == made

    def test_every_rule_compiles(self, made: list[Catalogue]) -> None:
        assert find_problems(rule for piece in made for rule in piece.rules) == []

    def test_every_scope_has_rules(self, made: list[Catalogue]) -> None:
        assert {rule.scope_type for piece in made for rule in piece.rules} == set(ScopeType)

    @pytest.mark.parametrize(
        "field",
        [
            "languages",
            "media_type",
            "contexts",
            "link_type",
            "weight",
            "absolute_start_at",
            "annual_start_mmdd",
            "time_of_day_start",
            "days_of_week",
            "timezone",
            "location_countries",
            "is_dead",
        ],
    )
    def test_every_kind_of_condition_occurs(self, made: list[Catalogue], field: str) -> None:
        assert any(getattr(rule, field) for piece in made for rule in piece.rules)

    def test_ids_are_unique(self, made: list[Catalogue]) -> None:
        rules = Counter(rule.id for piece in made for rule in piece.rules)
        assert max(rules.values()) == 1
        assert {len(rule) for rule in rules} == {22}

    def test_serials_have_every_state_that_warns(self, made: list[Catalogue]) -> None:
        assert len({instance.state for piece in made for instance in piece.instances}) == 3


class TestSlicesOf:
    def test_pieces_compile_to_what_the_whole_compiles_to(self, made: list[Catalogue]) -> None:
        whole = Catalogue(
            **{
                kind: tuple(each for piece in made for each in getattr(piece, kind))
                for kind in ("organizations", "brands", "items", "instances", "rules", "hosts")
            }
        )
        table = compile_catalogue(whole)
        slices = {key: packed for piece in made for key, packed in slices_of(piece)}
        assert slices == dict(table.packed)


class TestGtinOf:
    def test_it_is_valid(self) -> None:
        for index in (0, 7, 999_999, 10_999_999):
            assert normalize_gtin(gtin_of(index)) == gtin_of(index)

    def test_it_is_in_the_range_for_examples(self) -> None:
        assert gtin_of(123).startswith("0952")


class TestCatalogueAt:
    def test_it_holds_the_product_with_brand_and_organization(self) -> None:
        catalogue = catalogue_at(260)
        assert catalogue.items == item_at(260).items
        assert catalogue.brands == brand_at(5).brands
        assert catalogue.organizations == organization_at(1).organizations
        assert {*brand_at(5).rules, *organization_at(1).rules} < {*catalogue.rules}

    def test_some_products_are_claimed_without_a_brand(self) -> None:
        brands = {item_at(index).items[0].brand_id for index in range(SIZE)}
        assert None in brands
        assert len(brands) == 1 + SIZE // ITEMS_OF_BRAND

    def test_all_products_are_claimed_by_who_owns_their_brand(self) -> None:
        for index in range(SIZE):
            catalogue = catalogue_at(index)
            assert catalogue.items[0].owner_id == catalogue.brands[0].organization_id
