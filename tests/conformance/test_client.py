"""The redirect is what a client would choose that reads the linkset and follows the standard.

Where it is not, the reason is one of `EXCEPTIONS`: what a linkset cannot say, or what the design
decides otherwise. Each has a sentence, which stands in `docs/resolution.md` too, a predicate as
narrow as can be, and the smallest example of it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import dropwhile
from typing import ClassVar, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_compiler.model import Catalogue, EpochSeconds, Query, Rule
from rules_compiler.reference import Verdict
from rules_compiler.reference.targets import find_missing_placeholder, target_of
from tests.conformance.client import (
    DEFAULT_LINK,
    DEFAULT_LINK_MULTI,
    VOCABULARY,
    Link,
    Wish,
    choose,
    media_quality,
    read_preferences,
)
from tests.conformance.comparison import (
    Case,
    ask_edge,
    describe,
    has_inexpressible_language,
    is_plain,
    is_there,
    kind_of,
    leads_to_choice_of_edge,
    links_of,
    without_wildcard,
)
from tests.conformance.link_sets import (
    DEFAULT_LINK_TYPES,
    UNLISTED_LINK_TYPE,
    Ask,
    asks,
    link_sets,
    make_ask,
)
from tests.conformance.page import ROOT as REPOSITORY
from tests.factories import LOT, NOON, brand_key, make_catalogue, make_rule
from tests.resolver.edge_client import ROOT
from tests.rules_compiler.strategies import instants

# Where the linkset cannot tell everything: one predicate each, asked when client and edge disagree


def are_defaults(case: Case, links: Sequence[Link]) -> bool:
    """Tell whether *links* are all default links of the anchor where the client chose."""
    defaults = {
        link["href"]
        for member in case.members
        if member["anchor"] == case.choice.anchor
        for link in (*member[DEFAULT_LINK], *member.get(DEFAULT_LINK_MULTI, ()))
    }
    return all(link["href"] in defaults for link in links)


def is_page_of_identifier(case: Case) -> bool:
    return case.reply.status == case.choice.status and case.leads_to(*case.choice.links)


def is_last_resort(case: Case) -> bool:
    has_page = any(case.rule_of(link) is None for link in case.choice.candidates)
    return case.is_explicit and has_page and leads_to_choice_of_edge(case)


def is_data(case: Case) -> bool:
    accepted = dict(read_preferences(case.ask.accept))
    form = case.reply.headers.get("content-type", "")
    liking, liking_of_pages = (media_quality(accepted, each) for each in (form, "text/html"))
    is_named = any(each in accepted for each in (form, "application/*"))
    return case.reply.status == 200 and (liking > liking_of_pages or (is_named and liking == liking_of_pages))


def has_link_for_everybody(case: Case) -> bool:
    links = case.choice.candidates
    behind = list(dropwhile(lambda link: not (is_plain(link) and case.rule_of(link)), links))
    return (
        case.is_explicit and bool(behind) and are_defaults(case, behind[1:]) and leads_to_choice_of_edge(case)
    )


def has_several_scopes(case: Case) -> bool:
    links = case.choice.candidates
    wider = [link for link in links if case.scope_of(link) != case.scope_of(links[0])]
    is_shown_rightly = not case.is_explicit or are_defaults(case, wider)
    return bool(wider) and is_shown_rightly and leads_to_choice_of_edge(case)


def has_longer_languages(case: Case) -> bool:
    return any(map(has_inexpressible_language, case.rules)) and leads_to_choice_of_edge(case)


def has_wildcard(case: Case) -> bool:
    return without_wildcard(case.ask.accept) != case.ask.accept and leads_to_choice_of_edge(case)


def is_limited_to_countries(case: Case) -> bool:
    limited = [rule for rule in case.rules if rule.location_countries]
    if case.is_explicit or not case.rules:
        return bool(limited) and leads_to_choice_of_edge(case)
    # Where one without type holds, a typed one of its scope is no default, and the next scope is asked.
    scope, is_typed = case.rules[-1].slice_key, case.rules[-1].link_type is not None
    untyped = [rule for rule in limited if rule.link_type is None and rule.slice_key == scope]
    is_asked_on = is_typed and any(is_there(case, rule) for rule in untyped)
    return bool(limited) and (is_asked_on or leads_to_choice_of_edge(case))


def has_equal_alternatives(case: Case) -> bool:
    winner = next((each.rule for each in case.considered if each.verdict is Verdict.WON), None)
    wanted = preferences_of(winner) if winner else set()
    narrower = [rule for rule in case.rules if winner and rule.slice_key != winner.slice_key]
    is_left_out = bool(wanted) and any(wanted <= preferences_of(rule) for rule in narrower)
    return not case.is_explicit and is_left_out and winner not in case.rules


def preferences_of(rule: Rule) -> set[str]:
    return {each.lower() for each in (*rule.languages, *rule.contexts, rule.media_type or "")} - {""}


def has_value_of_caller(case: Case) -> bool:
    took_part = {Verdict.WON, Verdict.OFFERED, Verdict.PREFERENCE, Verdict.UNDECIDED}

    def is_left_out(rule: Rule, anchor: str) -> bool:
        known = tuple(pair for pair in case.ask.ais if pair[0] in ("01", *anchor.split("/")[::2]))
        return find_missing_placeholder(rule, Query(ais=known, at=case.at)) is not None

    chosen_at = (case.choice.anchor or "").removeprefix(f"{ROOT}/")
    return any(
        each.verdict in took_part and is_left_out(each.rule, anchor)
        for each in case.considered
        for anchor in (each.rule.slice_key, chosen_at)
    )


def is_default_by_name(case: Case) -> bool:
    if case.ask.link_type not in DEFAULT_LINK_TYPES:
        return False
    names = (DEFAULT_LINK, DEFAULT_LINK_MULTI)
    defaults = [link for member in case.members for name in names for link in member.get(name, ())]
    return case.reply.status == 404 or any(map(case.leads_to, defaults))


def has_shares(case: Case) -> bool:
    arms = [link for member in case.members for link in links_of(member) if is_arm(case.rule_of(link))]
    return any(map(case.leads_to, arms))


def is_arm(rule: Rule | None) -> bool:
    return rule is not None and rule.weight is not None


def is_unlisted(case: Case) -> bool:
    return case.ask.link_type == UNLISTED_LINK_TYPE and case.choice.status == 404


def is_described_by_what_is_left_out(case: Case) -> bool:
    left_out = {
        (rule.slice_key, target_of(rule))
        for rule in case.catalogue.rules
        if rule.link_type == UNLISTED_LINK_TYPE
        or (rule.link_type and (rule.location_regions or rule.location_cities))
    }
    untyped = [rule for rule in case.rules if rule.link_type is None]
    return case.is_explicit and any((rule.slice_key, target_of(rule)) in left_out for rule in untyped)


class Difference(NamedTuple):
    """Why client and edge may disagree, as the documentation says it, and the smallest case of it."""

    why: str
    applies: Callable[[Case], bool]
    rules: Sequence[Rule]
    ask: Ask


GERMAN, FRENCH = {"languages": ("de",)}, {"languages": ("fr",)}
FAQS = {"link_type": "gs1:faqs"}

EXCEPTIONS = (
    Difference(
        "The linkset names the hosted page of each anchor; the redirect leads to that of the whole "
        "identifier.",
        is_page_of_identifier,
        [],
        make_ask(("10", LOT)),
    ),
    Difference(
        "The hosted page as last resort stands under the descriptive default type; who asks for that type is "
        "never led there, since no rule has it: 404.",
        is_last_resort,
        [],
        make_ask(link_type="gs1:pip"),
    ),
    Difference(
        "Who would rather have data than a page gets product JSON or the linkset, and no redirect.",
        is_data,
        [make_rule("page")],
        make_ask(accept="application/json"),
    ),
    Difference(
        "Of a type that is asked for the first link that is good for everybody answers when nothing decides, "
        "where the standard offers a choice; what stands behind it is there as a default link only.",
        has_link_for_everybody,
        [make_rule("german", **FAQS, **GERMAN), make_rule("plain", order_index=1, **FAQS)],
        make_ask(link_type="gs1:faqs", accept_language="ja"),
    ),
    Difference(
        "One anchor shows several scopes: its own, the wildcard's, brand and organization, and those whose "
        "default it inherits. The edge asks them narrowest first, and the next only when one leaves "
        "undecided what the default is; a linkset does not say which link is of which scope.",
        has_several_scopes,
        [make_rule("german", **GERMAN), make_rule("brand", slice_key=brand_key(), **FRENCH)],
        make_ask(accept_language="fr, de;q=0.5"),
    ),
    Difference(
        "An alternative that asks for nothing but what one of a narrower scope asks for is left out; it "
        "answers all the same when two of the narrower scope are equal.",
        has_equal_alternatives,
        [
            *(make_rule(f"german{number}", order_index=number, **GERMAN) for number in range(2)),
            make_rule("brand", slice_key=brand_key(), **GERMAN),
        ],
        make_ask(accept_language="de"),
    ),
    Difference(
        "`hreflang` has no scripts, no regions by number and no languages of three letters; the edge "
        "compares whole tags.",
        has_longer_languages,
        [make_rule("swiss", languages=("gsw",)), make_rule("plain", order_index=1)],
        make_ask(accept_language="gsw"),
    ),
    Difference(
        "`*/*` names nothing: browsers send it behind what they want, and no link is chosen for it.",
        has_wildcard,
        [make_rule("print", media_type="application/pdf"), make_rule("plain", order_index=1)],
        make_ask(accept="text/html, */*;q=0.8"),
    ),
    Difference(
        "The countries of a rule stand as `context`, which is a preference; to the edge they are a "
        "condition, which the caller's real country meets as well.",
        is_limited_to_countries,
        [make_rule("canada", location_countries=("CA",)), make_rule("plain", order_index=1)],
        make_ask(country="CA"),
    ),
    Difference(
        "A template with a value that its anchor does not have is left out; the edge takes the value from "
        "the request.",
        has_value_of_caller,
        [make_rule("spoken", custom_url="https://example.com/{lang}"), make_rule("plain", order_index=1)],
        make_ask(accept_language="de"),
    ),
    Difference(
        "The linkset lists all arms of a weight group; which one answers is drawn for the caller.",
        has_shares,
        [make_rule(name, weight=weight) for name, weight in (("most", 600), ("few", 500))],
        make_ask(),
    ),
    Difference(
        "`gs1:defaultLink` asked for by name is the whole default set, and `gs1:defaultLinkMulti` is no type "
        "of its own.",
        is_default_by_name,
        [make_rule("german", **GERMAN), make_rule("plain", order_index=1)],
        make_ask(link_type="gs1:defaultLink", accept_language="de"),
    ),
    Difference(
        "A link without type does not answer for any type when a typed rule of its scope has the same "
        "target, even a rule that is left out: one for a region or city, or of `gs1:warranty`.",
        is_described_by_what_is_left_out,
        [
            make_rule("plain", custom_url="https://example.com/"),
            make_rule(
                "local", order_index=1, location_cities=("Bonn",), custom_url="https://example.com/", **FAQS
            ),
        ],
        make_ask(link_type="gs1:faqs"),
    ),
    Difference(
        "`gs1:warranty` is no term of the vocabulary: it answers who asks for it, and is not listed.",
        is_unlisted,
        [make_rule("warranty", link_type="gs1:warranty")],
        make_ask(link_type="gs1:warranty"),
    ),
)


class TestEdge:
    def test_leads_where_the_linkset_leads_a_client(self) -> None:
        """Compare four requests with each of many link sets, and count, so that none of it is idle."""
        tally: Counter[str] = Counter()

        # The shares below are counted, so the draws are the same in each run.
        @settings(deadline=None, max_examples=10 * settings().max_examples, derandomize=True, database=None)
        @given(catalogue=link_sets, at=instants, asks=st.lists(asks, min_size=4, max_size=4))
        def compare(catalogue: Catalogue, at: EpochSeconds, asks: list[Ask]) -> None:
            for case in ask_edge(catalogue, at, asks):
                is_excepted = not case.agrees and any(each.applies(case) for each in EXCEPTIONS)
                assert case.agrees or is_excepted, describe(case)
                tally["excepted" if is_excepted else kind_of(case.choice)] += 1

        compare()
        assert tally["excepted"] < 0.35 * tally.total(), tally
        assert tally["one"] + tally["default"] > 0.3 * tally.total(), tally
        assert tally["preferred"] > 0.03 * tally.total(), tally
        assert tally["several"] > 0, tally
        assert tally["none"] > 0, tally

    @pytest.mark.parametrize("difference", EXCEPTIONS, ids=lambda each: each.applies.__name__)
    def test_differs_for_a_reason(self, difference: Difference) -> None:
        rules = [rule._replace(title=rule.id) for rule in difference.rules]
        (case,) = ask_edge(make_catalogue(*rules), NOON, [difference.ask])
        assert not case.agrees
        assert [each.why for each in EXCEPTIONS if each.applies(case)] == [difference.why]

    @pytest.mark.parametrize("difference", EXCEPTIONS, ids=lambda each: each.applies.__name__)
    def test_says_why_on_the_page(self, difference: Difference) -> None:
        page = (REPOSITORY / "docs" / "resolution.md").read_text("utf-8")
        assert difference.why in " ".join(page.split())


class TestClient:
    """The client itself, by the table of the standard's restatement."""

    members: ClassVar = [
        {
            "anchor": "lot",
            DEFAULT_LINK: [{"href": "lot"}],
            f"{VOCABULARY}safetyInfo": [{"href": "safety"}],
        },
        {
            "anchor": "product",
            DEFAULT_LINK: [{"href": "E"}],
            DEFAULT_LINK_MULTI: [
                {"href": "E", "hreflang": ["en"]},
                {"href": "D", "hreflang": ["de"]},
                {"href": "F", "hreflang": ["fr"], "type": "application/json"},
                {"href": "C", "context": ["CA"]},
            ],
            f"{VOCABULARY}pip": [{"href": "en", "hreflang": ["en"]}, {"href": "de", "hreflang": ["de-CH"]}],
            f"{VOCABULARY}faqs": [{"href": "1", "hreflang": ["en"]}, {"href": "2", "hreflang": ["en"]}],
        },
    ]

    @pytest.mark.parametrize(
        ("wish", "href"),
        [
            (Wish(), "E"),
            (Wish(accept_language="de-AT,en;q=0.5"), "D"),
            (Wish(accept_language="en;q=0.5,de"), "D"),
            (Wish(accept_language="de;q=0, en;q=0.1"), "E"),
            (Wish(accept_language="ja"), "E"),
            (Wish(accept="application/json"), "F"),
            (Wish(accept="application/*, text/html;q=0.5", accept_language="de"), "F"),
            (Wish(accept="application/*, application/json;q=0", accept_language="de"), "D"),
            (Wish(context="ca"), "C"),
        ],
    )
    def test_narrows_the_defaults(self, wish: Wish, href: str) -> None:
        choice = choose(self.members[1:], wish)
        assert (choice.status, [link["href"] for link in choice.links]) == (307, [href])

    @pytest.mark.parametrize(
        ("name", "language", "status", "hrefs"),
        [
            ("safetyInfo", "ja", 307, ["safety"]),
            ("pip", "de", 307, ["de"]),
            ("pip", "de-AT", 300, ["en", "de"]),
            ("pip", "ja", 300, ["en", "de"]),
            ("faqs", "en", 300, ["1", "2"]),
            ("recallStatus", "en", 404, []),
        ],
    )
    def test_walks_up_to_the_type(self, name: str, language: str, status: int, hrefs: list[str]) -> None:
        choice = choose(self.members, Wish(link_type=VOCABULARY + name, accept_language=language))
        assert (choice.status, [link["href"] for link in choice.links]) == (status, hrefs)

    def test_takes_the_default_of_the_narrowest_anchor(self) -> None:
        choice = choose(self.members, Wish(accept_language="de"))
        assert [link["href"] for link in choice.links] == ["lot"]
