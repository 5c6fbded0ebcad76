"""What kinds of products there are: which rules each kind has, and of which lots and serials.

A product's kind follows from its index alone. Fifty products in a row, one brand, have all kinds in
fixed numbers, and together with their brand and their share of the organization 150 rules.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from rules_compiler.model import (
    DeadPolicy,
    DestinationType,
    Instance,
    Rule,
    ScopeType,
    SerialState,
    SliceKey,
)

ITEMS_OF_BRAND = 50
BRANDS_OF_ORGANIZATION = 5
ITEMS_OF_ORGANIZATION = ITEMS_OF_BRAND * BRANDS_OF_ORGANIZATION
RULES_OF_ITEM = 3

LANGUAGES = ("fr", "de", "es", "pt-BR", "zh-Hant", "it", "nl", "pl")
COUNTRIES = ("CA", "DE", "FR", "US", "MX", "GB")
ZONES = ("America/Toronto", "Europe/Berlin", "Asia/Tokyo", "America/Sao_Paulo")
CONTEXTS = ("patient", "retailer", "recycler", "repair")
TYPES = ("gs1:instructions", "gs1:recipeInfo", "gs1:allergenInfo", "gs1:traceability")
WARNINGS = (SerialState.SUSPECT, SerialState.COUNTERFEIT_SUSPECTED, SerialState.SERIALIZATION_ERROR)

_FIRST_CAMPAIGN = datetime(2025, 1, 1, tzinfo=UTC)
_ID_LENGTH = 22
_OCTAL = str.maketrans("01234567", "23456789")

Fields: TypeAlias = Mapping[str, Any]


def make_id(kind: str, number: int, place: int = 0) -> str:
    """Return a public identifier of 22 characters, as the platform's are."""
    return f"2{kind}" + f"{number * 16 + place:o}".translate(_OCTAL).rjust(_ID_LENGTH - 2, "2")


class Product(NamedTuple):
    """What the rules of one product are made of; `chance` is a number drawn from its own."""

    number: int
    gtin: str
    organization_id: str
    chance: int

    @property
    def key(self) -> SliceKey:
        """The key of the product's own slice."""
        return f"01/{self.gtin}"

    @property
    def page(self) -> str:
        """Where the product's pages begin."""
        return f"https://www.brand{self.number // ITEMS_OF_BRAND}.example/p/{self.gtin}"

    @property
    def lots(self) -> tuple[str, str]:
        """The lots that have rules, in the kinds that have any."""
        return (f"L{self.chance % 9000 + 1000}", f"L{self.chance % 9000 + 1000}B")

    @property
    def serials(self) -> tuple[str, ...]:
        """The serials of which something is said: the first by a rule, the others by their state."""
        return tuple(f"S{self.chance % 10**8:08d}{each}" for each in "ABC")

    @property
    def variant(self) -> str:
        """The variant that has rules."""
        return f"V{self.chance % 100:02d}"

    def pick(self, choices: tuple[str, ...], offset: int = 0) -> str:
        """Return one of *choices*."""
        return choices[(self.chance + offset) % len(choices)]


class Draft(NamedTuple):
    """One rule of a product: where it stands below it, and the fields that make it special."""

    below: str
    fields: Fields


def _at(below: str, target: str, **fields: Any) -> Draft:
    return Draft(below, {"custom_url": target, **fields})


def _plain(product: Product) -> list[Draft]:
    return [_at("", product.page)]


def _typed(product: Product) -> list[Draft]:
    first, second = product.pick(TYPES), product.pick(TYPES, 1)
    return [
        _at("", product.page, link_type="gs1:pip"),
        _at("", f"{product.page}/first", link_type=first, title="How to use it"),
        _at("", f"{product.page}/second", link_type=second),
    ]


def _spoken(product: Product) -> list[Draft]:
    languages = [product.pick(LANGUAGES, offset) for offset in range(3)]
    return [_at("", f"{product.page}/{each}", languages=(each,)) for each in languages] + _plain(product)


def _bilingual(product: Product) -> list[Draft]:
    return [*_spoken(product)[:2], _at("", product.page)]


def _seasonal(product: Product) -> list[Draft]:
    start = _FIRST_CAMPAIGN + timedelta(days=product.chance % 900)
    end = start + timedelta(days=product.chance % 400 + 10)
    zone = product.pick(ZONES)
    evening = {"time_of_day_start": "17:00:00", "time_of_day_end": "22:30:00", "days_of_week": (3, 4, 5)}
    winter = {"annual_start_mmdd": "11-15", "annual_end_mmdd": "02-28", "timezone": zone}
    return [
        _at("", f"{product.page}/campaign", absolute_start_at=start, absolute_end_at=end),
        _at("", f"{product.page}/evening", timezone=zone, **evening),
        _at("", f"{product.page}/winter", **winter),
        _at("", product.page),
    ]


def _national(product: Product) -> list[Draft]:
    first, second = product.pick(COUNTRIES), product.pick(COUNTRIES, 1)
    return [
        _at("", f"{product.page}/{first}", location_countries=(first, product.pick(COUNTRIES, 2))),
        _at("", f"{product.page}/{second}", location_countries=(second,), languages=("fr",)),
        _at("", product.page),
    ]


def _machine_read(product: Product) -> list[Draft]:
    return [
        _at("", f"{product.page}.json", media_type="application/json"),
        _at("", f"{product.page}.pdf", media_type="application/pdf", languages=("de",)),
        _at("", product.page),
    ]


def _contextual(product: Product) -> list[Draft]:
    return [
        _at("", f"{product.page}/for", contexts=(product.pick(CONTEXTS),)),
        _at("", f"{product.page}/more", contexts=(product.pick(CONTEXTS, 1),), link_type="gs1:instructions"),
        _at("", product.page),
    ]


def _in_lots(product: Product) -> list[Draft]:
    first, second = product.lots
    return [
        _at("", f"{product.page}?from={{lang}}&in={{country}}", languages=("en",)),
        _at("", product.page),
        _at(f"/10/{first}", f"{product.page}/recall/{{lot}}", link_type="gs1:recallStatus"),
        _at(f"/10/{second}", f"{product.page}/lots/{second}"),
        _at("/10/*", f"{product.page}/lots?l={{lot}}#made"),
    ]


def _in_serials(product: Product) -> list[Draft]:
    return [
        _at("", product.page),
        _at("", f"{product.page}/register?sn={{serial}}", link_type="gs1:registerProduct"),
        _at("/21/*", f"{product.page}/units?g={{gtin13}}&sn={{serial}}"),
        _at(f"/21/{product.serials[0]}", f"{product.page}/units/first"),
    ]


def _in_variants(product: Product) -> list[Draft]:
    return [
        _at("", product.page),
        _at(f"/22/{product.variant}", f"{product.page}/v/{{cpv}}"),
        _at(f"/22/{product.variant}/10/{product.lots[0]}", f"{product.page}/v/{{cpv}}/{{lot}}"),
        _at("", f"{product.page}/old", link_type="gs1:instructions", enabled=False),
    ]


def _weighted(product: Product) -> list[Draft]:
    arms = [_at("", f"{product.page}/{name}", weight=weight) for name, weight in (("a", 30), ("b", 70))]
    return [*arms, _at("", f"{product.page}/how", link_type="gs1:instructions")]


def _hosted(product: Product) -> list[Draft]:
    dead: Fields = {"is_dead": True}
    hosted: Fields = {"destination_type": DestinationType.HOSTED_PAGE}
    return [
        _at("", f"{product.page}/gone", **dead),
        _at("", f"{product.page}/away", **dead, on_custom_url_dead=DeadPolicy.FALLBACK_TO_HOSTED),
        Draft("", {"link_type": "gs1:instructions", **hosted}),
    ]


def _templated(_product: Product) -> list[Draft]:
    return [
        _at("", "https://shop.example/{country}/{gtin}?lang={lang}"),
        _at("", "https://shop.example/any/{gtin}?utm_source=pack"),
    ]


def _silent(_product: Product) -> list[Draft]:
    return []


Recipe: TypeAlias = Callable[[Product], list[Draft]]

_NUMBERS: Mapping[Recipe, int] = MappingProxyType(
    {
        _silent: 3,
        _plain: 9,
        _typed: 6,
        _spoken: 3,
        _bilingual: 3,
        _seasonal: 4,
        _national: 4,
        _machine_read: 2,
        _contextual: 2,
        _in_lots: 5,
        _in_serials: 4,
        _in_variants: 2,
        _weighted: 1,
        _hosted: 1,
        _templated: 1,
    }
)
_IN_ORDER = tuple(chain.from_iterable(repeat(recipe, number) for recipe, number in _NUMBERS.items()))
# Neighbours are of different kinds: 21 and 50 have no divisor in common.
_RECIPES = tuple(_IN_ORDER[place * 21 % ITEMS_OF_BRAND] for place in range(ITEMS_OF_BRAND))

_SCOPES = {"": ScopeType.PRODUCT, "/10": ScopeType.BATCH, "/21": ScopeType.SERIAL, "/22": ScopeType.VARIANT}


def recipe_of(index: int) -> Recipe:
    """Return the kind of the product *index*."""
    return _RECIPES[index % ITEMS_OF_BRAND]


def rules_of(product: Product) -> tuple[Rule, ...]:
    """Return the rules of a product and of everything below it; of each scope in order."""
    order: dict[str, int] = {}
    rules = []
    for place, (below, fields) in enumerate(recipe_of(product.number)(product)):
        # The second arm of a weight group stands where the first does.
        is_arm = place > 0 and "weight" in fields
        order[below] = order.get(below, -1) + (0 if is_arm else 1)
        rules.append(
            Rule(
                id=make_id("R", product.number, place),
                organization_id=product.organization_id,
                scope_type=_scope_of(below),
                slice_key=product.key + below,
                order_index=order[below],
                **fields,
            )
        )
    return tuple(rules)


def _scope_of(below: str) -> ScopeType:
    is_plain = below.count("/") <= 2 and not below.endswith("*")
    return _SCOPES[below[:3]] if is_plain else ScopeType.IDENTIFIER


def instances_of(product: Product) -> tuple[Instance, ...]:
    """Return the lots and serials of which more than rules is known."""
    if recipe_of(product.number) is not _in_serials:
        return ()
    return tuple(
        Instance(key=f"{product.key}/21/{serial}", state=WARNINGS[(product.chance + place) % len(WARNINGS)])
        for place, serial in enumerate(product.serials[1:])
    )


def levels_of(product: Product) -> tuple[str, ...]:
    """Return the paths below the product of which something is said, such as `/10/L1234`."""
    recipe = recipe_of(product.number)
    if recipe is _in_lots:
        return tuple(f"/10/{lot}" for lot in product.lots)
    if recipe is _in_serials:
        return tuple(f"/21/{serial}" for serial in product.serials)
    if recipe is _in_variants:
        return (f"/22/{product.variant}", f"/22/{product.variant}/10/{product.lots[0]}")
    return ()
