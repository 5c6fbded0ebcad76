from decimal import Decimal

import pytest

from product_platform.products.service.allergens import MAJOR_ALLERGENS, is_major_allergen
from product_platform.products.service.ingredients import parse_ingredients


def names(text: str) -> list[str]:
    return [each.name for each in parse_ingredients(text)]


class TestParseIngredients:
    def test_a_whole_label(self) -> None:
        found = parse_ingredients("Ingredients: Water, oats 10%, rapeseed oil. May contain soy.")
        assert [(each.name, each.percentage, each.may_contain) for each in found] == [
            ("Water", None, False),
            ("oats", Decimal(10), False),
            ("rapeseed oil", None, False),
            ("soy", None, True),
        ]

    @pytest.mark.parametrize(
        ("text", "read"),
        [
            ("salt; sugar", ["salt", "sugar"]),
            ("chocolate (cocoa mass, sugar), salt", ["chocolate", "cocoa mass", "sugar", "salt"]),
            (
                "filling [cream (milk, sugar), nuts], salt",
                ["filling", "cream", "milk", "sugar", "nuts", "salt"],
            ),
            ("oats*, rye†.", ["oats", "rye"]),
            ("  Water ,  wheat   flour ", ["Water", "wheat flour"]),
            ("salt (unclosed, sugar", ["salt (unclosed, sugar"]),
            ("", []),
            (" , ;. ", []),
        ],
    )
    def test_names(self, text: str, read: list[str]) -> None:
        assert names(text) == read

    @pytest.mark.parametrize("text", ["oats 12%", "oats 12 %", "oats (12 %)", "oats (12%)", "12% oats"])
    def test_a_percentage_however_it_is_written(self, text: str) -> None:
        (found,) = parse_ingredients(text)
        assert (found.name, found.percentage) == ("oats", Decimal(12))

    def test_a_percentage_may_have_a_decimal_comma(self) -> None:
        (oats, salt) = parse_ingredients("oats 10,5%, salt")
        assert (oats.percentage, salt.name) == (Decimal("10.5"), "salt")

    def test_a_percentage_of_the_whole_goes_before_those_of_its_parts(self) -> None:
        found = parse_ingredients("sauce 30% (tomato 80%, salt)")
        assert [(each.name, each.percentage) for each in found] == [
            ("sauce", Decimal(30)),
            ("tomato", Decimal(80)),
            ("salt", None),
        ]

    def test_brackets_without_end_are_read_in_no_time(self) -> None:
        for text in ("(" * 100_000, "(" * 50_000 + ")" * 50_000, "1" * 100_000, " " * 100_000 + "x"):
            assert len(parse_ingredients(text)) <= 1

    def test_more_than_everything_is_no_percentage(self) -> None:
        assert parse_ingredients("oats 120%")[0].percentage is None

    @pytest.mark.parametrize(
        "words", ["may contain", "May Contain:", "contains traces of", "contain traces of"]
    )
    def test_traces(self, words: str) -> None:
        found = parse_ingredients(f"salt. {words} nuts, sesame.")
        assert [(each.name, each.may_contain) for each in found] == [
            ("salt", False),
            ("nuts", True),
            ("sesame", True),
        ]


class TestIsMajorAllergen:
    @pytest.mark.parametrize("group", sorted(MAJOR_ALLERGENS))
    def test_every_group_has_its_words(self, group: str) -> None:
        assert all(is_major_allergen(word) for word in MAJOR_ALLERGENS[group].split())

    @pytest.mark.parametrize(
        "name",
        [
            "skimmed MILK powder",
            "free-range eggs",
            "hazelnuts",
            "rolled oats",
            "oat milk",
            "E220",
            "sulphur dioxide",
            "soya lecithin",
            "peanut butter",
            "wheat flour",
            "cheeses",
            "almond milk",
        ],
    )
    def test_allergens(self, name: str) -> None:
        assert is_major_allergen(name)

    @pytest.mark.parametrize(
        "name",
        [
            "water",
            "coconut milk",
            "cocoa butter",
            "nutmeg",
            "buckwheat",
            "eggplant",
            "cream of tartar",
            "butternut",
            "gluten-free starch",
            "rice milk",
            "E500",
            "salt",
        ],
    )
    def test_what_is_only_called_like_one(self, name: str) -> None:
        assert not is_major_allergen(name)
