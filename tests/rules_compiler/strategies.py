"""Random catalogues and queries whose rules, callers and instants meet often enough to disagree.

Values come from small pools on purpose: windows begin where instants are drawn, rules speak the
languages that callers ask for, and most rules govern the one product that is asked about.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from rules_compiler.gs1 import Elements
from rules_compiler.model import (
    WILDCARD,
    Catalogue,
    DeadPolicy,
    DestinationType,
    EpochSeconds,
    Query,
    Rule,
    SliceKey,
)
from tests.factories import (
    GTIN,
    LOT,
    ORGANIZATION_ID,
    OTHER_GTIN,
    RIVAL_ID,
    SERIAL,
    brand_key,
    item_key,
    lot_key,
    make_brand,
    make_catalogue,
    make_host,
    make_instance,
    make_item,
    make_organization,
    make_rule,
    organization_key,
    serial_key,
)

Fields = Mapping[str, Any]

CASE_GTIN = "19506000134359"
"""A case of the product, which has no GTIN of 13 digits and no rules of its own."""

PRODUCT_KEY = item_key()
OTHER_ITEMS = (make_item(key=item_key(OTHER_GTIN)), make_item(key=item_key(CASE_GTIN)))

ZONES = (
    None,
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # once skipped midnight
    "Australia/Lord_Howe",  # moves its clocks by half an hour
    "Asia/Kathmandu",  # 05:45 ahead
    "Pacific/Apia",  # skipped 2011-12-30
)
DAYS = (
    "2026-03-29",  # Berlin springs forward
    "2026-10-25",  # and falls back
    "2026-11-01",  # New York falls back
    "2026-04-05",  # Lord Howe falls back
    "2018-11-04",  # São Paulo has no midnight
    "2011-12-29",
    "2026-12-31",
    "2027-01-01",
    "2027-02-28",
    "2028-02-29",
    "2028-03-01",
    "2050-07-02",
)
TIMES = ("00:00:00", "01:30:00", "02:00:00", "02:30:00", "09:00:00", "17:30:00", "23:59:59")
SHIFTS_SECONDS = (0, -1, 1, -0.5, 3600, -3600, 1800, 86_400, -86_400)
MMDDS = ("01-01", "02-28", "02-29", "03-01", "03-29", "10-25", "12-29", "12-31")

LANGUAGES = ("de", "de-AT", "de-CH", "en", "en-GB", "zh-Hant", "zh-Hant-TW", "zh")
MEDIA_TYPES = ("text/html", "application/json", "application/pdf")
MEDIA_RANGES = (*MEDIA_TYPES, "application/*", "text/*", "*/*", "image/png")
QUALITIES = (1.0, 0.8, 0.5, 0.0)
COUNTRIES = ("CA", "DE", "US")
REGIONS = ("Ontario", "Bayern")
CITIES = ("Toronto", "München")
CONTEXTS = ("retailer", "Patient", "CA", "de", "X1")
LINK_TYPES = ("gs1:pip", "gs1:recallStatus", "gs1:instructions")
PLACEHOLDERS = (
    "{gtin}",
    "{gtin13}",
    "{lot}",
    "{serial}",
    "{cpv}",
    "{expiry}",
    "{lang}",
    "{country}",
    "{linkType}",
)


# Rules: each is made of a few traits, which are fields that it has

ORDINARY: Fields = {}


def to_instant(day: str, time: str, zone: str | None) -> datetime:
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZoneInfo(zone or "UTC"))


moments = st.builds(to_instant, st.sampled_from(DAYS), st.sampled_from(TIMES), st.sampled_from(ZONES))


def absolute_window(one: datetime, other: datetime, ends: Sequence[str]) -> Fields:
    start, end = sorted((one.astimezone(UTC), other.astimezone(UTC)))
    window = {"start": start, "end": end if start < end else end + timedelta(days=1)}
    return {f"absolute_{name}_at": window[name] if name in ends else None for name in window}


windows: tuple[st.SearchStrategy[Fields], ...] = (
    st.builds(
        absolute_window,
        moments,
        moments,
        st.sampled_from((("start", "end"), ("start",), ("end",))),
    ),
    st.fixed_dictionaries(
        {
            "annual_start_mmdd": st.sampled_from((None, *MMDDS)),
            "annual_end_mmdd": st.sampled_from((None, *MMDDS)),
        }
    ),
    st.fixed_dictionaries({"days_of_week": st.sampled_from(((0, 1, 2, 3, 4), (5, 6), (3,), (6, 0)))}),
    st.fixed_dictionaries(
        {
            "time_of_day_start": st.sampled_from((None, *TIMES)),
            "time_of_day_end": st.sampled_from((None, *TIMES)),
        }
    ),
    st.fixed_dictionaries({"timezone": st.sampled_from(ZONES)}),
)

places: st.SearchStrategy[Fields] = st.sampled_from(
    (
        *({"location_countries": (country,)} for country in COUNTRIES),
        {"location_countries": COUNTRIES[:2]},
        *({"location_regions": (region,)} for region in REGIONS),
        {"location_cities": tuple(city.upper() for city in CITIES)},
    )
)

preferences: st.SearchStrategy[Fields] = st.sampled_from(
    (
        *({"languages": (language,)} for language in LANGUAGES),
        {"languages": ("en", "de-CH")},
        *({"media_type": media_type} for media_type in MEDIA_TYPES),
        *({"contexts": (context,)} for context in CONTEXTS),
        {"contexts": ("PATIENT", "retailer")},
    )
)

targets: st.SearchStrategy[Fields] = st.sampled_from(
    (
        *({"custom_url": f"https://example.com/{name}"} for name in "abc"),
        *({"custom_url": f"https://example.com/?v={placeholder}"} for placeholder in PLACEHOLDERS),
        {"custom_url": "https://example.com/{gtin}/{lot}?s={serial}#top"},
        {"destination_type": DestinationType.HOSTED_PAGE, "custom_url": None},
        {"destination_type": DestinationType.HOSTED_PAGE, "is_dead": True},
        {"is_dead": True},
        {"is_dead": True, "on_custom_url_dead": DeadPolicy.FALLBACK_TO_HOSTED},
        {"on_custom_url_dead": DeadPolicy.FALLBACK_TO_HOSTED},
        {"enabled": False},
    )
)

weights: st.SearchStrategy[Fields] = st.fixed_dictionaries(
    {
        "weight": st.sampled_from((1, 7, 1000)),
        "arms": st.dictionaries(
            st.sampled_from("ab"),
            st.builds(
                lambda target, weight: {**target, "weight": weight}, targets, st.sampled_from((1, 7, 1000))
            ),
            min_size=1,
        ),
    }
)
"""Rules of one place, with equal criteria and targets of their own."""

types: st.SearchStrategy[Fields] = st.sampled_from(
    (ORDINARY, ORDINARY, ORDINARY, *({"link_type": each} for each in LINK_TYPES))
)

anywhere: st.SearchStrategy[SliceKey | None] = st.sampled_from(
    (
        *(item_key(),) * 6,
        *(lot_key(),) * 3,
        *(serial_key(),) * 3,
        lot_key("a/b"),
        f"{item_key()}/21/*",
        f"{item_key()}/10/*",
        f"{item_key()}/22/2A",
        f"{item_key()}/22/*",
        f"{item_key()}/22/2A/10/{LOT}",
        f"{item_key()}/22/2A/10/*",
        f"{item_key()}/235/TP1",
        f"{item_key()}/235/*",
        item_key(OTHER_GTIN),
        lot_key(gtin=OTHER_GTIN),
        brand_key(),
        None,  # the whole organization
    )
)
product: st.SearchStrategy[SliceKey | None] = st.just(PRODUCT_KEY)


def sometimes(*traits: st.SearchStrategy[Fields]) -> st.SearchStrategy[Fields]:
    """Draw one of *traits*, or as often none."""
    return st.one_of(*(st.just(ORDINARY) for _ in traits), *traits)


def to_rules(
    drafts: Sequence[tuple[SliceKey | None, str, Sequence[Fields]]], *, is_reversed: bool
) -> list[Rule]:
    """Make rules of drafts, numbered so that no two rules but arms of one draft share an order index."""
    rules: list[Rule] = []
    for position, (scope, owner, traits) in enumerate(drafts):
        fields: dict[str, Any] = {
            "organization_id": owner,
            "slice_key": organization_key(owner) if scope is None else scope,
            "order_index": -position if is_reversed else position,
            "title": f"r{position}",
        }
        for each in traits:
            fields |= each
        arms = fields.pop("arms", ORDINARY)
        rules.append(make_rule(f"r{position}", **fields))
        rules += [
            make_rule(f"r{position}{name}", **fields | arm | {"title": f"r{position}{name}"})
            for name, arm in arms.items()
        ]
    return rules


# Catalogues


ownership: st.SearchStrategy[Fields] = st.sampled_from(
    (
        *(ORDINARY,) * 12,
        *({"organization": {"default_link_type": "gs1:instructions"}},) * 3,
        {"organization": None},
        {"brand": {"organization_id": RIVAL_ID}},
        {"brand": {"organization_id": None}},
        {"brand": {"organization_id": None}, "item": {"owner_id": RIVAL_ID}},
        {"brand": {"organization_id": None}, "item": {"owner_id": ORGANIZATION_ID}},
        {"item": {"brand_id": None, "owner_id": ORGANIZATION_ID}},
        {"item": {"owner_id": RIVAL_ID}},
        {"item": {"refused_ids": frozenset({ORGANIZATION_ID})}},
        {"item": {"refused_ids": frozenset({RIVAL_ID})}},
        {"item": {"refused_ids": frozenset({WILDCARD})}},
        {"item": {"refused_ids": frozenset({WILDCARD}), "owner_id": ORGANIZATION_ID}},
        {"item": {"refused_ids": frozenset({WILDCARD}), "owner_id": RIVAL_ID}},
        {"item": {"is_resolvable": False}},
        {"instances": (make_instance(is_resolvable=False),)},
        {"instances": (make_instance(key=serial_key(), is_resolvable=False), make_instance())},
    )
)


def to_catalogue(rules: Sequence[Rule], traits: Fields, primary: SliceKey) -> Catalogue:
    organization = traits.get("organization", ORDINARY)
    organizations = () if organization is None else (make_organization(**organization),)
    return make_catalogue(
        *rules,
        organizations=(make_organization(id=RIVAL_ID), *organizations),
        brands=(make_brand(**traits.get("brand", ORDINARY)),),
        items=(*OTHER_ITEMS, make_item(**{"key": primary, **traits.get("item", ORDINARY)})),
        instances=traits.get("instances", ()),
        hosts=(make_host(),),
    )


def catalogues(
    scopes: st.SearchStrategy[SliceKey | None],
    *traits: st.SearchStrategy[Fields],
    most_rules: int,
    primary: SliceKey = PRODUCT_KEY,
) -> st.SearchStrategy[Catalogue]:
    """Draw catalogues of one to *most_rules* rules, each of one of *scopes* and with all of *traits*.

    They hold the item *primary*, and a few products.
    """
    owners = st.sampled_from((*(ORGANIZATION_ID,) * 7, RIVAL_ID))
    drafts = st.lists(st.tuples(scopes, owners, st.tuples(*traits)), min_size=1, max_size=most_rules)
    rules = st.builds(to_rules, drafts, is_reversed=st.booleans())
    return st.builds(to_catalogue, rules, ownership, st.just(primary))


anything = catalogues(
    anywhere,
    types,
    sometimes(preferences),
    sometimes(preferences),
    sometimes(*windows, places, targets),
    sometimes(*windows, places, targets, weights),
    most_rules=9,
)

seasons = catalogues(product, *(sometimes(*windows) for _ in range(4)), most_rules=3)
negotiations = catalogues(
    product, types, preferences, sometimes(preferences), sometimes(targets, weights), most_rules=7
)
crowds = catalogues(
    st.sampled_from((*(item_key(),) * 3, brand_key())),
    types,
    st.sampled_from(
        (
            *({"custom_url": f"https://example.com/{each}"} for each in ("a", "b", "{gtin13}")),
            {"destination_type": DestinationType.HOSTED_PAGE},
            {"is_dead": True},
        )
    ),
    sometimes(places),
    sometimes(weights),
    most_rules=5,
)
"""Rules of one scope that often share a target."""


# Queries


def to_epoch(moment: datetime, shift_seconds: float) -> EpochSeconds:
    return moment.timestamp() + shift_seconds


instants: st.SearchStrategy[EpochSeconds] = st.builds(to_epoch, moments, st.sampled_from(SHIFTS_SECONDS))

identifiers = st.sampled_from(
    (
        *((),) * 2,
        *((("10", LOT),),) * 2,
        *((("21", SERIAL),),) * 2,
        *((("10", LOT), ("21", SERIAL)),) * 3,
        (("10", "a/b"),),
        (("10", "unknown"), ("21", "unknown")),
        (("22", "2A"), ("10", LOT), ("21", SERIAL)),
        (("22", "2A"), ("10", LOT)),
        (("22", "2A"), ("10", "unknown")),
        (("22", "unknown"), ("21", "*")),
        (("235", "TP1"),),
    )
)
gtins = st.sampled_from((*(GTIN,) * 12, OTHER_GTIN, CASE_GTIN, CASE_GTIN, "95200000000003"))

accepts = st.lists(
    st.tuples(st.sampled_from(MEDIA_RANGES), st.sampled_from(QUALITIES)),
    max_size=3,
    unique_by=lambda part: part[0],
).map(lambda accept: tuple(sorted(accept, key=lambda part: -part[1])))


spoken = st.lists(st.sampled_from([tag.lower() for tag in LANGUAGES]), max_size=3).map(tuple)


def to_queries(ais: st.SearchStrategy[Elements]) -> st.SearchStrategy[Query]:
    """Draw requests for *ais* from everybody, at any time."""
    return st.builds(
        Query,
        ais=ais,
        at=instants,
        link_type=st.sampled_from((None, None, None, "gs1:defaultLink", *LINK_TYPES, "gs1:pip")),
        accept=accepts,
        languages=spoken,
        context=st.sampled_from((None, None, *CONTEXTS)),
        country=st.sampled_from((None, *COUNTRIES)),
        regions=st.sampled_from(((), *((region,) for region in REGIONS), ("BY", "Bavaria", "Bayern"))),
        cities=st.sampled_from(((), *((city,) for city in CITIES), ("Munich", "München"))),
        expiry=st.sampled_from((None, "270131")),
        network=st.sampled_from(("", "192.0.2.0/24", "198.51.100.0/24", "2001:db8::/48")),
    )


queries = to_queries(st.builds(lambda gtin, qualifiers: (("01", gtin), *qualifiers), gtins, identifiers))
