"""Which link answers: the default, the type asked for, what the headers prefer; and the redirect itself."""

from typing import Any

import pytest
from hypothesis import assume, given, settings

from rules_compiler.model import Catalogue, EpochSeconds
from tests.conformance.example import (
    DEFAULT,
    LINKSET,
    LOT_PATH,
    OAT,
    PATH,
    PIP,
    RECALL,
    make_example,
    make_product,
    make_product_rule,
)
from tests.conformance.service import request_service
from tests.conformance.validation import linkset_errors
from tests.factories import GTIN as RANDOM_GTIN
from tests.factories import make_catalogue
from tests.resolver.edge_client import ROOT, EdgeClient, Reply
from tests.rules_compiler.strategies import anything, instants

E, D, F = (f"https://example.com/{name}" for name in ("e", "d", "f"))


def make_default_set() -> EdgeClient:
    """Serve default links in German, in French as JSON, and in English as the fallback."""
    rules = (
        make_product_rule("d", languages=("de",)),
        make_product_rule("f", order_index=1, languages=("fr",), media_type="application/json"),
        make_product_rule("e", order_index=2),
        make_product_rule("safety", order_index=3, link_type="gs1:safetyInfo", media_type="application/pdf"),
    )
    return EdgeClient(make_product(*rules))


def make_pips(*fields: dict[str, Any]) -> EdgeClient:
    """Serve product information pages that differ in these fields."""
    rules = [
        make_product_rule(f"pip{number}", order_index=number, link_type="gs1:pip", **each)
        for number, each in enumerate(fields)
    ]
    return EdgeClient(make_product(*rules))


def hrefs_of(reply: Reply) -> list[str]:
    """Return the targets in a linkset that are candidates of type `gs1:pip`."""
    return [link["href"] for member in reply.json()["linkset"] for link in member[PIP]]


def test_r30_the_default_link_answers(edge: EdgeClient) -> None:
    """A request without anything special is redirected to the default link.

    SHALL, 2.6.1.
    """
    reply = edge.get(PATH, accept="*/*")
    (default,) = edge.get(PATH, accept=LINKSET).json()["linkset"][0][DEFAULT]
    assert (reply.status, reply.location) == (307, default["href"])


@settings(max_examples=200, deadline=None)
@given(catalogue=anything, at=instants)
def test_r30_the_linkset_tells_the_default(catalogue: Catalogue, at: EpochSeconds) -> None:
    """The redirect without preferences is the default link of the linkset, whatever the rules are.

    SHALL, 2.6.1. Targets that depend on the caller, who is not known to a linkset, are left out, and
    so are weights, by which callers are shared out.
    """
    assume(
        not any(
            "{" in (r.custom_url or "") or r.location_regions or r.location_cities or r.weight
            for r in catalogue.rules
        )
    )
    edge = EdgeClient(catalogue)
    edge.now = at
    path = f"/01/{RANDOM_GTIN}"
    member = edge.get(path, accept=LINKSET).json()["linkset"][0]
    assert edge.get(path).location == member[DEFAULT][0]["href"]


def test_r30_an_item_without_links_has_its_hosted_page() -> None:
    """An item that is known but has no links is redirected to its hosted page.

    SHALL, 2.6.1. The hosted page is then its default link.
    """
    reply = EdgeClient(make_product()).get(PATH)
    assert (reply.status, reply.location) == (307, f"{ROOT}/p{PATH}")


@pytest.mark.parametrize(
    ("link_type", "target"),
    [
        ("gs1:recallStatus", RECALL),
        ("gs1:pip", OAT),
        ("gs1:defaultLink", OAT),
        ("gs1%3ArecallStatus", RECALL),
        ("https://ref.gs1.org/voc/recallStatus", RECALL),
        ("https://gs1.org/voc/recallStatus", RECALL),
    ],
)
def test_r31_the_type_asked_for_answers(edge: EdgeClient, link_type: str, target: str) -> None:
    """A link type that is asked for and available is redirected to.

    SHALL, 2.6.2. The full IRI, in the old namespaces too, is read like the compact name.
    """
    reply = edge.get(f"{PATH}?linkType={link_type}")
    assert (reply.status, reply.location) == (307, f"{target}?linkType={link_type}")


@pytest.mark.parametrize("accept", [None, "*/*", "text/html", "application/json", "application/pdf"])
@pytest.mark.parametrize("link_type", ["gs1:nosuchlt", "gs1:RecallStatus", "gs1:faqs", "nonsense", "gs1:"])
def test_r32_a_type_that_is_absent_is_not_found(edge: EdgeClient, link_type: str, accept: str | None) -> None:
    """A link type that is asked for and not available is answered with 404, never with the default link.

    SHALL, 2.6.2. The body lists what there is. Names are case sensitive.
    """
    reply = edge.get(f"{PATH}?linkType={link_type}", **({} if accept is None else {"accept": accept}))
    assert (reply.status, reply.location) == (404, None)
    assert OAT.encode() in reply.body


@pytest.mark.parametrize(
    ("headers", "target"),
    [
        ({}, E),
        ({"accept_language": "de-AT,en;q=0.5"}, D),
        ({"accept_language": "ja"}, E),
        ({"accept": "application/json"}, F),
        ({"accept": "application/json", "accept_language": "de"}, F),
        ({"accept": "application/pdf", "accept_language": "de"}, D),
        ({"accept_language": "fr;q=0.1, de"}, D),
        ({"accept_language": "de;q=0"}, E),
    ],
)
def test_r33_headers_narrow_the_default_set(headers: dict[str, str], target: str) -> None:
    """Candidates are narrowed by media type, then by language, then by context.

    SHOULD, 2.6.3. A step that would leave no candidate is undone.
    """
    assert make_default_set().get(PATH, **headers).location == target


@pytest.mark.parametrize(
    ("languages", "wanted", "chosen"),
    [
        (("de-AT", "de"), "de-AT", 0),
        (("en", "de"), "de-AT", 1),
        (("en", "de-CH"), "de", 1),
        (("de", "en"), "de;q=0.5, en;q=0.7", 1),
        (("en", "zh-Hant"), "zh-Hant-TW", 1),
        (("en", "DE-at"), "de-AT", 1),
    ],
)
def test_r33_a_language_is_matched_by_lookup(languages: tuple[str, str], wanted: str, chosen: int) -> None:
    """A language is matched exactly, else by truncation, else by its longer tags, in order of quality.

    SHOULD, 2.6.3.
    """
    edge = make_pips(*({"languages": (language,)} for language in languages))
    reply = edge.get(f"{PATH}?linkType=gs1:pip", accept_language=wanted)
    assert reply.location == f"https://example.com/pip{chosen}?linkType=gs1:pip"


@pytest.mark.parametrize(
    "headers", [{"accept_language": "ja"}, {"accept": "application/pdf"}, {"accept": "text/html;q=0.1"}]
)
def test_r33_a_single_candidate_is_taken(headers: dict[str, str]) -> None:
    """A single candidate of the type asked for is taken, whatever the headers say.

    SHALL, 2.6.3.
    """
    edge = make_pips({"languages": ("de",), "media_type": "text/html"})
    assert edge.get(f"{PATH}?linkType=gs1:pip", **headers).status == 307


@pytest.mark.parametrize(("context", "chosen"), [("DE", 0), ("CA", 1)])
def test_r33_a_context_is_compared(context: str, chosen: int) -> None:
    """The parameter `context` equals one of the contexts of a link.

    MAY, 2.6.3.
    """
    edge = make_pips({"contexts": ("DE", "AT")}, {"contexts": ("CA",)})
    query = f"linkType=gs1:pip&context={context}"
    assert edge.get(f"{PATH}?{query}").location == f"https://example.com/pip{chosen}?{query}"


@pytest.mark.parametrize("accept", ["application/pdf", "application/pdf, */*;q=0.1", "image/png"])
def test_r34_only_default_links_compete_without_a_type(accept: str) -> None:
    """Without `linkType` only default links compete; when none of the alternatives matches, the default wins.

    SHALL, 2.6.3. Product JSON answers `application/json` when no default link has a JSON media type.
    """
    assert make_default_set().get(PATH, accept=accept).location == E


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        (({"languages": ("en",)}, {"languages": ("de",)}), {"accept_language": "ja"}),
        (({"languages": ("en",)}, {"languages": ("en",)}), {"accept_language": "en"}),
        (({"languages": ("en",)}, {"media_type": "application/pdf"}), {}),
    ],
)
def test_r35_equal_candidates_are_all_shown(
    fields: tuple[dict[str, Any], ...], headers: dict[str, str]
) -> None:
    """Several candidates between which nothing decides are answered with 300 and a linkset of them.

    SHALL, 2.6.3. A candidate without preferences is a fallback and decides.
    """
    reply = make_pips(*fields).get(f"{PATH}?linkType=gs1:pip", **headers)
    assert (reply.status, reply.location) == (300, None)
    assert reply.headers["content-type"] == LINKSET
    assert linkset_errors(reply.json()) == []
    assert hrefs_of(reply) == ["https://example.com/pip0", "https://example.com/pip1"]


@pytest.mark.parametrize("accept", [LINKSET, f"{LINKSET};q=0.9, */*;q=0.1", "application/linkset+JSON"])
def test_r36_the_linkset_is_given_by_its_media_type(edge: EdgeClient, accept: str) -> None:
    """`Accept: application/linkset+json` is answered with the linkset and no redirect.

    SHALL, 2.9.
    """
    reply = edge.get(PATH, accept=accept)
    assert (reply.status, reply.location, reply.headers["content-type"]) == (200, None, LINKSET)


def test_r36_the_linkset_is_given_by_its_name(edge: EdgeClient) -> None:
    """`linkType=linkset` is answered with the linkset and no redirect.

    SHALL, 2.9.
    """
    reply = edge.get(f"{LOT_PATH}?linkType=linkset")
    assert (reply.status, reply.location) == (200, None)
    assert reply.json() == edge.get(LOT_PATH, accept=LINKSET).json()


@pytest.mark.parametrize("headers", [{}, {"accept": LINKSET}])
def test_r37_all_is_an_old_name_of_the_linkset(edge: EdgeClient, headers: dict[str, str]) -> None:
    """`linkType=all` is answered like `linkType=linkset`.

    MAY, 2.9.
    """
    reply = edge.get(f"{PATH}?linkType=all", **headers)
    assert (reply.status, reply.body) == (200, edge.get(PATH, accept=LINKSET).body)


def test_r38_the_default_answer_is_no_linkset() -> None:
    """The default answer may be the linkset, when the description file says so.

    MAY, 2.11. It never is, and the description file says that.
    """
    description = request_service("GET", "/.well-known/gs1resolver").json()
    assert description["linkTypeDefaultCanBeLinkset"] is False


@pytest.mark.parametrize("target", [PATH, LOT_PATH, f"{PATH}?linkType=gs1:recallStatus"])
def test_r39_a_redirect_keeps_the_method(edge: EdgeClient, target: str) -> None:
    """No redirect code is prescribed.

    No level. 307, which keeps the method, and is never stored by a cache.
    """
    reply = edge.get(target)
    assert (reply.status, reply.headers["cache-control"]) == (307, "no-store")


@pytest.mark.parametrize(
    ("target", "query", "location"),
    [
        ("/x", "foo=bar", "/x?foo=bar"),
        ("/x?a=1", "foo=bar", "/x?a=1&foo=bar"),
        ("/x#top", "foo=bar", "/x?foo=bar#top"),
        ("/x?a=1#top", "foo=bar", "/x?a=1&foo=bar#top"),
        ("/x", "17=270131&b=%20+%c3%a9&&v&b=2", "/x?17=270131&b=%20+%c3%a9&&v&b=2"),
        ("/x?a=1", "a=2&context=CA", "/x?a=1&a=2&context=CA"),
        ("/x", "", "/x"),
    ],
)
def test_r40_the_whole_query_is_passed_on(target: str, query: str, location: str) -> None:
    """A redirect passes the whole query on, raw, behind the target's own and before its fragment.

    SHALL, 2.12. The resolver's own parameters are passed on as well.
    """
    rule = make_product_rule("x", custom_url=f"https://example.com{target}")
    reply = EdgeClient(make_product(rule)).get(f"{PATH}?{query}")
    assert reply.location == f"https://example.com{location}"


def test_r40_a_location_has_a_bound() -> None:
    """The query is passed on whole or the request is refused.

    SHALL, 2.12. A `Location` of more than 8,192 bytes is answered with 414.
    """
    start = "https://example.com/"
    rule = make_product_rule("x", custom_url=start + "x" * (2048 - len(start)))
    edge = EdgeClient(make_product(rule))
    assert edge.get(f"{PATH}?{'v' * 6143}").status == 307
    assert edge.get(f"{PATH}?{'v' * 6144}").status == 414


@pytest.mark.parametrize("path", [PATH, LOT_PATH])
def test_r41_a_trailing_slash_changes_nothing(edge: EdgeClient, path: str) -> None:
    """A request with a slash at its end has the same answer as one without.

    SHOULD, 2.13.
    """
    plain, slashed = edge.get(path), edge.get(f"{path}/")
    assert (slashed.status, slashed.raw_headers) == (plain.status, plain.raw_headers)
    assert edge.get(f"{path}/", accept=LINKSET).body == edge.get(path, accept=LINKSET).body


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("target", [PATH, f"{PATH}?linkType=gs1:recallStatus&17=270131"])
def test_r42_a_redirect_leads_to_the_linkset(edge: EdgeClient, method: str, target: str) -> None:
    """A redirect has a `Link` with `rel="linkset"`.

    SHOULD. Answers to OPTIONS have it too.
    """
    link = f'<{ROOT}{PATH}?linkType=linkset>; rel="linkset"; type="application/linkset+json"'
    assert edge.request(method, target).links == [link]


@pytest.mark.parametrize("headers", [{}, {"accept": LINKSET}, {"accept": "text/html"}])
def test_r44_headers_list_no_links(headers: dict[str, str]) -> None:
    """No `Link` header has a relation of the GS1 vocabulary, as in version 1.0.

    No level.
    """
    edge = EdgeClient(make_example(make_product_rule("faqs", order_index=2, link_type="gs1:faqs")))
    for target in (PATH, LOT_PATH, f"{PATH}?linkType=gs1:faqs", f"{PATH}?linkType=linkset"):
        assert not [link for link in edge.get(target, **headers).links if "gs1:" in link]


@pytest.mark.parametrize("path", [PATH, f"{LOT_PATH}?linkType=gs1:pip&foo=bar", f"{PATH}?linkType=linkset"])
def test_r43_a_delegated_pattern_is_sent_on(path: str) -> None:
    """Requests of a pattern that another resolver handles are redirected there unprocessed.

    MAY, 2.8. `Link` then has `rel="gs1:handledBy"`, and there is no link to a linkset.
    """
    other = "https://other.example.net"
    edge = EdgeClient(make_catalogue(), handled_by=f"01/0952={other}")
    reply = edge.get(path)
    assert (reply.status, reply.location) == (307, f"{other}{path}")
    (link,) = reply.links
    assert link.startswith(f"<{other}")
    assert 'rel="gs1:handledBy"' in link
