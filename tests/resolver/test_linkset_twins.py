"""The linkset of the edge shows what the reference lists, whatever the rules and the time."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from resolver.linkset import build_linkset
from resolver.verification_link import find_verification
from rules_compiler.compiler import compile_catalogue
from rules_compiler.compose import compose
from rules_compiler.model import Catalogue, Query
from rules_compiler.reference.linkset import Level, Link, linkset
from tests.rules_compiler.key_strategies import others
from tests.rules_compiler.strategies import anything, crowds, negotiations, queries

ROOT = "https://id.example.com"
VERIFY_ROOT = "https://api.example.com/verify"
VOCABULARY = "https://ref.gs1.org/voc/"
ITEM_NAME = "Oat drink"

Member = dict[str, Any]


def with_verifications(catalogue: Catalogue) -> Catalogue:
    """Let some rules be of the type that answers for no serial."""
    types = {"gs1:instructions": "gs1:verificationService"}
    rules = [
        rule._replace(link_type=types.get(rule.link_type, rule.link_type) if rule.link_type else None)
        for rule in catalogue.rules
    ]
    return replace(catalogue, rules=tuple(rules))


sets = st.one_of(anything, crowds, negotiations, anything.map(with_verifications))


@settings(deadline=None, max_examples=10 * settings().max_examples)
@given(asked=st.one_of(st.tuples(sets, queries), others))
def test_linkset_and_reference_agree(asked: tuple[Catalogue, Query]) -> None:
    catalogue, query = asked
    composition = compose(compile_catalogue(catalogue), query.ais, query.at)

    verification = find_verification(query.ais, VERIFY_ROOT)
    members = [] if composition is None else build_linkset(composition, ROOT, verification)

    assert [shorten(member) for member in members] == [
        to_member(level) for level in linkset(catalogue, query.ais, query.at)
    ]


def shorten(member: Member) -> Member:
    """Leave of each link what tells whose it is and where it leads."""
    return {
        key: [{"href": link["href"], "title": link["title"]} for link in value]
        if isinstance(value, list)
        else value
        for key, value in member.items()
    }


def to_member(level: Level) -> Member:
    member: Member = {"anchor": f"{ROOT}/{level.anchor}", "itemDescription": ITEM_NAME}
    member[VOCABULARY + "defaultLink"] = [to_link(level, level.default)]
    if level.variants:
        member[VOCABULARY + "defaultLinkMulti"] = [to_link(level, link) for link in level.variants]
    for link in level.links:
        relation = VOCABULARY + link.link_type.removeprefix("gs1:")
        member.setdefault(relation, []).append(to_link(level, link))
    if level.is_serial:
        link = {"href": f"{VERIFY_ROOT}/{level.anchor}", "title": "Verification"}
        member.setdefault(VOCABULARY + "verificationService", []).append(link)
    return member


def to_link(level: Level, link: Link) -> Member:
    """Write a link as in the body; the titles of random rules are their ids."""
    return {"href": link.href or f"{ROOT}/p/{level.anchor}", "title": link.rule_id or ITEM_NAME}
