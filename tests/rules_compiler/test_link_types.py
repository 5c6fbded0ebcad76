"""The vocabulary of link types, and the ways to write their names."""

from collections import Counter

import pytest

from rules_compiler.link_types import (
    LINK_TYPES,
    Group,
    Status,
    is_listed,
    link_type_problems,
    read_requested_link_type,
    title_of,
    to_curie,
    to_iri,
)
from tests.factories import make_rule

NAMESPACES = [
    f"{scheme}://{host}/voc/"
    for scheme in ("https", "http")
    for host in ("ref.gs1.org", "gs1.org", "www.gs1.org")
]


class TestVocabulary:
    def test_it_is_the_sixty_terms_and_one_alias(self):
        assert Counter(link_type.status for link_type in LINK_TYPES.values()) == {
            Status.STABLE: 53,
            Status.VALIDATED_HEALTHCARE: 3,
            Status.RESOLVER_ONLY: 3,
            Status.DEPRECATED: 1,
            Status.ALIAS: 1,
        }

    def test_every_group_has_members(self):
        assert {link_type.group for link_type in LINK_TYPES.values()} == set(Group)

    def test_every_term_has_a_title_of_its_own(self):
        assert len({link_type.title for link_type in LINK_TYPES.values()}) == len(LINK_TYPES)


class TestToCurie:
    @pytest.mark.parametrize("namespace", ["gs1:", *NAMESPACES])
    def test_a_compact_name_and_every_gs1_namespace_mean_the_same(self, namespace):
        assert to_curie(f"{namespace}hasRetailers") == "gs1:hasRetailers"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "pip",
            "gs1:",
            "gs1:PIP",
            "gs1:nosuchlt",
            "GS1:pip",
            "linkset",
            "https://schema.org/pip",
            "gs1:gs1:pip",
        ],
    )
    def test_anything_else_is_no_type_of_a_rule(self, text):
        (problem,) = link_type_problems(make_rule(link_type=to_curie(text)))
        assert problem.code == "unknown_link_type"


class TestReadRequestedLinkType:
    @pytest.mark.parametrize("text", ["gs1:pip", "pip", *(f"{each}pip" for each in NAMESPACES)])
    def test_every_spelling_of_a_known_type_is_its_compact_name(self, text):
        assert read_requested_link_type(text) == "gs1:pip"

    @pytest.mark.parametrize("text", ["gs1:nosuchlt", "nosuchlt", "PIP", "", "linkset", "all", "describedby"])
    def test_what_we_do_not_know_stays_as_it_is(self, text):
        assert read_requested_link_type(text) == text

    def test_an_unknown_name_in_a_gs1_namespace_keeps_its_iri(self):
        assert read_requested_link_type("https://gs1.org/voc/nosuchlt") == "https://gs1.org/voc/nosuchlt"


class TestToIri:
    def test_a_compact_name_expands_to_the_canonical_namespace(self):
        assert to_iri("gs1:pip") == "https://ref.gs1.org/voc/pip"

    @pytest.mark.parametrize("relation", ["describedby", "https://schema.org/review"])
    def test_other_relations_stay_as_they_are(self, relation):
        assert to_iri(relation) == relation


class TestTitleOf:
    def test_a_known_type_has_a_title_for_people(self):
        assert title_of("gs1:pip") == "Product information"

    @pytest.mark.parametrize(("link_type", "title"), [("gs1:nosuchlt", "nosuchlt"), ("license", "license")])
    def test_an_unknown_type_is_called_by_its_name(self, link_type, title):
        assert title_of(link_type) == title


class TestIsListed:
    def test_terms_are_listed(self):
        assert is_listed("gs1:pip")

    def test_the_alias_is_not(self):
        assert not is_listed("gs1:warranty")


class TestLinkTypeProblems:
    @pytest.mark.parametrize("link_type", [None, "gs1:pip", "gs1:warranty", "gs1:productSustainabilityInfo"])
    def test_what_a_rule_may_have(self, link_type):
        assert link_type_problems(make_rule(link_type=link_type)) == []

    @pytest.mark.parametrize(
        ("link_type", "code"),
        [
            ("gs1:defaultLink", "reserved_link_type"),
            ("gs1:defaultLinkMulti", "reserved_link_type"),
            ("gs1:handledBy", "reserved_link_type"),
            ("gs1:nosuchlt", "unknown_link_type"),
            ("linkset", "unknown_link_type"),
            ("https://gs1.org/voc/pip", "unknown_link_type"),
        ],
    )
    def test_what_a_rule_may_not_have(self, link_type, code):
        (problem,) = link_type_problems(make_rule("r1", link_type=link_type))
        assert (problem.code, problem.rule_id, problem.field) == (code, "r1", "link_type")
