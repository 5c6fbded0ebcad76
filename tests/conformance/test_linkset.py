"""The linkset: its form, its media types, its anchors."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_compiler.model import Catalogue, EpochSeconds
from tests.conformance.example import (
    DEFAULT,
    DEFAULT_MULTI,
    GTIN,
    LINKSET,
    LOT_PATH,
    OAT,
    PATH,
    PIP,
    SERIAL_PATH,
    make_example,
    make_product,
    make_product_rule,
)
from tests.conformance.validation import linkset_errors
from tests.factories import GTIN as RANDOM_GTIN
from tests.factories import LOT, SERIAL
from tests.resolver.edge_client import ROOT, EdgeClient
from tests.rules_compiler.strategies import anything, instants

PATHS = [PATH, LOT_PATH, SERIAL_PATH, f"{LOT_PATH}/21/S-42", f"{PATH}/10/UNKNOWN"]

RANDOM_PATHS = st.sampled_from(
    ["", f"/10/{LOT}", f"/21/{SERIAL}", f"/10/{LOT}/21/{SERIAL}", "/10/a%2Fb", "/22/2A/10/x"]
)


@pytest.mark.parametrize("path", PATHS)
def test_r50_the_linkset_is_valid(edge: EdgeClient, path: str) -> None:
    """The linkset is valid against the GS1 linkset schema.

    SHALL, 2.10. It is valid against a stricter schema of our own as well.
    """
    assert linkset_errors(edge.get(path, accept=LINKSET).json()) == []


@settings(max_examples=1000, deadline=None)
@given(catalogue=anything, at=instants, qualifiers=RANDOM_PATHS)
def test_r50_whatever_the_rules_are(catalogue: Catalogue, at: EpochSeconds, qualifiers: str) -> None:
    """The linkset is valid whatever the rules are, at every instant.

    SHALL, 2.10. Tried on 1,000 generated sets of rules, together with R20 to R22.
    """
    edge = EdgeClient(catalogue)
    edge.now = at
    reply = edge.get(f"/01/{RANDOM_GTIN}{qualifiers}?linkType=linkset")
    assert reply.status == 200
    assert linkset_errors(reply.json()) == []
    for member in reply.json()["linkset"]:
        links = {name: each for name, each in member.items() if name.startswith("https://")}
        (default,), alternatives = links.pop(DEFAULT), links.pop(DEFAULT_MULTI, [])
        assert set(default) == {"href", "title"}
        assert all(set(link) & {"hreflang", "type", "context"} for link in alternatives)
        described = {link["href"] for each in links.values() for link in each}
        assert {link["href"] for link in (default, *alternatives)} <= described


@pytest.mark.parametrize(
    ("language", "emitted"),
    [("de", "de"), ("de-AT", "de-AT"), ("zh-Hant", "zh"), ("es-419", "es"), ("zh-Hant-TW", "zh-TW")],
)
def test_r50_a_language_is_emitted_in_its_short_form(language: str, emitted: str) -> None:
    """The schema knows languages with a country only.

    SHALL, 2.10. Full tags are kept for matching and emitted as language, or language and country.
    """
    edge = EdgeClient(make_product(make_product_rule("a", link_type="gs1:pip", languages=(language,))))
    (member,) = edge.get(PATH, accept=LINKSET).json()["linkset"]
    assert member[PIP][0]["hreflang"] == [emitted]


def test_r51_the_linkset_has_its_media_type(edge: EdgeClient) -> None:
    """The linkset is sent as `application/linkset+json`.

    SHALL, 2.10.
    """
    assert edge.get(PATH, accept=LINKSET).headers["content-type"] == LINKSET
    assert edge.get(f"{PATH}?linkType=linkset").headers["content-type"] == LINKSET


def test_r51_json_holds_the_linkset_too(edge: EdgeClient) -> None:
    """The same body is recommended for `application/json`.

    SHOULD, 2.10. Product JSON has `linkset` as a member.
    """
    reply = edge.get(PATH, accept="application/json")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.json()["linkset"] == edge.get(PATH, accept=LINKSET).json()["linkset"]


def test_r51_by_name_json_is_the_linkset(edge: EdgeClient) -> None:
    """`linkType=linkset` with `Accept: application/json` gives the linkset itself.

    SHOULD, 2.10.
    """
    reply = edge.get(f"{PATH}?linkType=linkset", accept="application/json")
    assert reply.json() == edge.get(PATH, accept=LINKSET).json()


def test_r52_the_linkset_names_its_context(edge: EdgeClient) -> None:
    """The linkset names its JSON-LD context in a `Link` header.

    SHOULD, 2.10.
    """
    assert (
        "<https://ref.gs1.org/standards/resolver/linkset-context>; "
        'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    ) in edge.get(PATH, accept=LINKSET).links


def test_r54_people_see_a_page_of_the_links(edge: EdgeClient) -> None:
    """`linkType=linkset` with `Accept: text/html` gives a page of the links.

    SHOULD, 2.10. A client without preference is given the linkset itself (R36).
    """
    reply = edge.get(f"{PATH}?linkType=linkset", accept="text/html")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f'href="{OAT}"'.encode() in reply.body


@pytest.mark.parametrize(
    ("requested", "anchor"),
    [
        (PATH, PATH),
        (f"{PATH}/", PATH),
        (f"{PATH}?17=270131&foo=bar", PATH),
        (f"/01/{GTIN.lstrip('0')}", PATH),
        (f"{LOT_PATH}?3103=000750", LOT_PATH),
        (f"{LOT_PATH}/21/S-42", SERIAL_PATH),
        (f"{PATH}/10/LOT%37", LOT_PATH),
    ],
)
def test_r55_an_anchor_is_the_identifier(edge: EdgeClient, requested: str, anchor: str) -> None:
    """An anchor is an identifier without query and in full, and has one default link.

    SHALL, 2.5.8. The narrowest level stands first.
    """
    joint = "&" if "?" in requested else "?"
    member, *_ = edge.get(f"{requested}{joint}linkType=linkset").json()["linkset"]
    assert member["anchor"] == f"{ROOT}{anchor}"
    assert len(member[DEFAULT]) == 1


def test_r55_levels_are_not_merged() -> None:
    """Each level has an anchor of its own, with its own links alone.

    SHALL, 2.5.8. A level is an anchor only when it has an active rule; a serial always is one, for the
    link to its verification.
    """
    edge = EdgeClient(make_example())
    serial, lot, product = edge.get(f"{LOT_PATH}/21/S-42", accept=LINKSET).json()["linkset"]
    links = {"anchor", "itemDescription", DEFAULT}
    assert set(serial) == {*links, PIP, "https://ref.gs1.org/voc/verificationService"}
    assert set(lot) == {*links, "https://ref.gs1.org/voc/safetyInfo"}
    assert set(product) == {*links, PIP, "https://ref.gs1.org/voc/recallStatus"}


@pytest.mark.parametrize("target", [PATH, f"{PATH}?linkType=linkset"])
def test_r53_the_context_is_embedded(target: str) -> None:
    """`Accept: application/ld+json` gives the linkset with its JSON-LD context embedded.

    SHOULD, 2.10.
    """
    edge = EdgeClient(make_example())
    reply = edge.get(target, accept="application/ld+json")
    body = reply.json()
    context = body.pop("@context")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/ld+json")
    assert body == edge.get(PATH, accept=LINKSET).json()
    # Embedded: a client needs to fetch nothing. Today it is the URL of the published context.
    assert isinstance(context, dict)
    assert (context["linkset"], context["anchor"], context["href"]) == ("@graph", "@id", "@id")


def test_r54_the_page_embeds_the_linkset() -> None:
    """The page of the links has the linkset as JSON-LD in it.

    SHOULD, 2.10.
    """
    edge = EdgeClient(make_example())
    page = edge.get(f"{PATH}?linkType=linkset", accept="text/html").body.decode()
    (embedded,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    body = json.loads(embedded)
    assert "@context" in body
    assert body["linkset"] == edge.get(PATH, accept=LINKSET).json()["linkset"]


@pytest.mark.parametrize("language", ["fil", "haw", "gsw-CH", "x-private"])
def test_r50_languages_of_three_letters(language: str) -> None:
    """A language that the schema cannot express is matched, and left out of the linkset.

    SHALL, 2.10.
    """
    first = make_product_rule("a", link_type="gs1:pip", languages=(language, "en"))
    edge = EdgeClient(make_product(first, make_product_rule("b", order_index=1)))
    body = edge.get(PATH, accept=LINKSET).json()
    assert linkset_errors(body) == []
    assert edge.get(f"{PATH}?linkType=gs1:pip", accept_language=language).location.startswith(
        "https://example.com/a"
    )


@pytest.mark.parametrize(
    "url",
    [
        "HTTPS://a.example",
        "Http://a.example",
        "https://-a.example",
        "https://_a.example",
        "https://[2001:db8::1]/",
    ],
)
def test_r50_targets_are_such_as_the_schema_knows(url: str) -> None:
    """A target that the schema refuses is refused when it is registered, or emitted in a form that is valid.

    SHALL, 2.10.
    """
    try:
        edge = EdgeClient(make_product(make_product_rule("a", custom_url=url)))
    except ValueError:
        return
    assert linkset_errors(edge.get(PATH, accept=LINKSET).json()) == []
