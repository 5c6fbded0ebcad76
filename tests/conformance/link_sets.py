"""Random link sets of several organizations, and random requests for what they identify.

Three organizations own a product each, by its brand or by their claim to it; now and then a product
changes hands. Rules and callers draw from the small pools that the twins of the table use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st

from rules_compiler.gs1 import slice_key
from rules_compiler.model import Catalogue, Rule, SliceKey
from tests.conformance.client import VOCABULARY, Wish
from tests.factories import (
    BRAND_ID,
    GTIN,
    LOT,
    ORGANIZATION_ID,
    OTHER_GTIN,
    RIVAL_ID,
    SERIAL,
    brand_key,
    item_key,
    make_brand,
    make_catalogue,
    make_instance,
    make_item,
    make_organization,
    make_rule,
    organization_key,
)
from tests.rules_compiler.strategies import (
    CONTEXTS,
    COUNTRIES,
    LINK_TYPES,
    MEDIA_RANGES,
    MEDIA_TYPES,
    ORDINARY,
    QUALITIES,
    identifiers,
    places,
    sometimes,
    targets,
    windows,
)

Fields = Mapping[str, Any]

GROVE_ID = "grove"
THIRD_GTIN = "09520000200015"
RIVAL_BRAND_ID = "nuts"
OWNERS = {GTIN: ORGANIZATION_ID, OTHER_GTIN: RIVAL_ID, THIRD_GTIN: GROVE_ID}
BRANDS = {GTIN: BRAND_ID, OTHER_GTIN: RIVAL_BRAND_ID}
ORGANIZATIONS = (
    make_organization(),
    make_organization(id=RIVAL_ID),
    make_organization(id=GROVE_ID, default_link_type="gs1:instructions"),
)

UNLISTED_LINK_TYPE = "gs1:warranty"
DEFAULT_LINK_TYPES = ("gs1:defaultLink", "gs1:defaultLinkMulti")

ACCEPTS = ("", "text/html", "application/pdf", "application/pdf, text/*;q=0.8", "text/html, */*;q=0.8")
LANGUAGES = ("de", "de-AT", "en")


def rarely(*traits: st.SearchStrategy[Fields]) -> st.SearchStrategy[Fields]:
    """Draw one of *traits* one time in six."""
    return st.one_of(*(st.just(ORDINARY) for _ in range(5 * len(traits))), *traits)


# Rules

gtins = st.sampled_from((*(GTIN,) * 6, *(OTHER_GTIN,) * 2, THIRD_GTIN))

scopes = st.sampled_from(
    (
        *("",) * 12,
        *(f"/10/{LOT}",) * 5,
        *(f"/21/{SERIAL}",) * 3,
        "/10/*",
        "/21/*",
        "/22/2A",
        "/22/*",
        f"/22/2A/10/{LOT}",
        "/22/2A/10/*",
        "/235/TP1",
        "/235/*",
        *("brand",) * 4,
        "organization",
    )
)

types: st.SearchStrategy[Fields] = st.sampled_from(
    (*(ORDINARY,) * 5, *({"link_type": each} for each in LINK_TYPES * 2), {"link_type": UNLISTED_LINK_TYPE})
)
preferences: st.SearchStrategy[Fields] = st.sampled_from(
    (
        *({"languages": (language,)} for language in LANGUAGES * 6),
        *({"languages": (language,)} for language in ("gsw", "es-419", "zh-Hant")),
        *({"languages": ("en", "de-CH")},) * 3,
        *({"media_type": media_type} for media_type in MEDIA_TYPES * 3),
        *({"contexts": (context,)} for context in CONTEXTS * 2),
    )
)
shared_targets: st.SearchStrategy[Fields] = st.sampled_from(
    [{"custom_url": f"https://example.com/{name}"} for name in "ab"]
)
traits = st.tuples(
    types,
    sometimes(preferences),
    sometimes(preferences),
    rarely(*windows),
    rarely(places),
    rarely(targets),
    st.one_of(st.just(ORDINARY), st.just(ORDINARY), shared_targets),
)


def to_key(gtin: str, scope: str) -> SliceKey:
    if scope == "brand":
        return brand_key(BRANDS.get(gtin, BRAND_ID))
    return organization_key(OWNERS[gtin]) if scope == "organization" else item_key(gtin) + scope


def to_rule(position: int, gtin: str, scope: str, author: str | None, traits: Sequence[Fields]) -> Rule:
    """Make a rule of the product's owner, or of *author*; its title is its id."""
    fields: dict[str, Any] = {
        "organization_id": author or OWNERS[gtin],
        "slice_key": to_key(gtin, scope),
        "order_index": position,
        "title": f"r{position}",
    }
    for each in traits:
        fields |= each
    return make_rule(f"r{position}", **fields)


authors = st.sampled_from((*(None,) * 30, ORGANIZATION_ID, RIVAL_ID, GROVE_ID))
rules = st.lists(st.tuples(gtins, scopes, authors, traits), min_size=8, max_size=16).map(
    lambda drafts: [to_rule(position, *draft) for position, draft in enumerate(drafts)]
)

changes: st.SearchStrategy[Fields] = st.sampled_from(
    (
        *(ORDINARY,) * 40,
        {"brand": {"organization_id": RIVAL_ID}},
        {"brand": {"organization_id": None}},
        {"item": {"brand_id": None, "owner_id": GROVE_ID}},
        {"item": {"refused_ids": frozenset({ORGANIZATION_ID})}},
        {"item": {"is_resolvable": False}},
        {"instances": (make_instance(is_resolvable=False),)},
    )
)
"""What has become of the first organization's brand, product or lot."""


def to_catalogue(rules: Sequence[Rule], owners: Sequence[str], changes: Fields) -> Catalogue:
    """Make a catalogue in which each of *owners* has a default for whatever it owns."""
    homepages = [
        make_rule(each, slice_key=organization_key(each), organization_id=each, order_index=99, title=each)
        for each in owners
    ]
    return make_catalogue(
        *rules,
        *homepages,
        organizations=ORGANIZATIONS,
        brands=(
            make_brand(**changes.get("brand", ORDINARY)),
            make_brand(id=RIVAL_BRAND_ID, organization_id=RIVAL_ID),
        ),
        items=(
            make_item(**changes.get("item", ORDINARY)),
            make_item(key=item_key(OTHER_GTIN), brand_id=RIVAL_BRAND_ID),
            make_item(key=item_key(THIRD_GTIN), brand_id=None, owner_id=GROVE_ID),
        ),
        instances=changes.get("instances", ()),
    )


owners = st.lists(st.sampled_from((ORGANIZATION_ID, RIVAL_ID, GROVE_ID)), unique=True, min_size=2, max_size=3)
link_sets = st.builds(to_catalogue, rules, owners, changes)


# Requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request: for which identifier, when, of what type, by whom; *country* is what a proxy tells."""

    ais: tuple[tuple[str, str], ...]
    link_type: str | None = None
    accept: str = ""
    accept_language: str = ""
    context: str | None = None
    country: str | None = None

    @property
    def path(self) -> str:
        return f"/{slice_key(self.ais)}"

    @property
    def query(self) -> str:
        parameters = {"linkType": self.link_type, "context": self.context}
        return urlencode({name: value for name, value in parameters.items() if value})

    @property
    def headers(self) -> dict[str, str]:
        headers = {
            "accept": self.accept,
            "accept_language": self.accept_language,
            "country": self.country,
        }
        return {name: value for name, value in headers.items() if value}

    @property
    def wish(self) -> Wish:
        """What of it a client of the standard knows."""
        return Wish(
            link_type=self.link_type and VOCABULARY + self.link_type.removeprefix("gs1:"),
            accept=self.accept,
            accept_language=self.accept_language,
            context=self.context,
        )


def make_ask(*qualifiers: tuple[str, str], **fields: Any) -> Ask:
    """Make a request for `GTIN` without preferences."""
    return Ask(ais=(("01", GTIN), *qualifiers), **fields)


def to_header(items: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{name};q={quality}" if quality < 1 else name for name, quality in items)


def headers(names: Sequence[str]) -> st.SearchStrategy[str]:
    """Draw a header of up to three of *names*, each with its quality."""
    items = st.tuples(st.sampled_from(names), st.sampled_from(QUALITIES))
    return st.lists(items, max_size=3, unique_by=lambda item: item[0]).map(to_header)


asks = st.builds(
    Ask,
    ais=st.builds(lambda gtin, qualifiers: (("01", gtin), *qualifiers), gtins, identifiers),
    link_type=st.sampled_from(
        (
            *(None,) * 30,
            *LINK_TYPES * 10,
            *("gs1:pip",) * 15,
            "gs1:faqs",
            UNLISTED_LINK_TYPE,
            *DEFAULT_LINK_TYPES,
        )
    ),
    accept=st.one_of(st.sampled_from(ACCEPTS), st.sampled_from(ACCEPTS), headers(MEDIA_RANGES)),
    accept_language=headers((*LANGUAGES * 4, "de-CH", "en-GB", "es-MX", "gsw", "zh-Hant-TW", "ja")),
    context=st.sampled_from((*(None,) * 4, *CONTEXTS)),
    country=st.sampled_from((*(None,) * 4, *COUNTRIES)),
)
