"""What a client of the linkset chooses for a request, beside what the edge answers.

Where they differ, the linkset can be read again with what the edge knows of the rules behind it.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from resolver.forwarding import forward_query
from resolver.negotiate import parse_accept, parse_accept_language
from rules_compiler.model import Catalogue, EpochSeconds, Query, Rule
from rules_compiler.reference import Considered, consider
from tests.conformance.client import Choice, Link, Member, Wish, choose, narrow
from tests.conformance.example import LINKSET
from tests.conformance.link_sets import Ask
from tests.resolver.edge_client import ROOT, EdgeClient, Reply

Scope = tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One request: what a client chose from the linkset, and what the edge answered."""

    catalogue: Catalogue
    at: EpochSeconds
    ask: Ask
    members: Sequence[Member]
    choice: Choice
    reply: Reply

    @property
    def agrees(self) -> bool:
        hrefs = [link["href"] for link in self.choice.links]
        return self.reply.status == self.choice.status and self.targets == self.forward(hrefs)

    def leads_to(self, *links: Link) -> bool:
        """Tell whether the edge leads to *links* alone; the hosted page is that of the whole identifier."""
        pages = {member["anchor"].replace(ROOT, f"{ROOT}/p") for member in self.members}
        hrefs = [f"{ROOT}/p{self.ask.path}" if link["href"] in pages else link["href"] for link in links]
        return bool(links) and self.targets == self.forward(hrefs)

    @property
    def targets(self) -> list[str]:
        """Where the edge leads: to one link, to several that it offers, or nowhere."""
        if self.reply.location is not None:
            return [self.reply.location]
        return sorted(link["href"] for link in read_links(self.reply)) if self.reply.status == 300 else []

    def forward(self, hrefs: Sequence[str]) -> list[str]:
        """Return *hrefs* as the edge writes them: a redirect passes the query on."""
        query = self.ask.query.encode() if self.reply.status == 307 else b""
        return sorted(forward_query(href, query) for href in hrefs)

    @property
    def is_explicit(self) -> bool:
        return self.ask.link_type is not None

    def rule_of(self, link: Link) -> Rule | None:
        """Return the rule behind *link*, whose title is its id; None for the hosted page of last resort."""
        return next((rule for rule in self.catalogue.rules if rule.id == link["title"]), None)

    @property
    def considered(self) -> list[Considered]:
        """The rules that could govern the request, and how each fares."""
        ask = self.ask
        query = Query(
            ais=ask.ais,
            at=self.at,
            link_type=ask.link_type,
            accept=parse_accept(ask.accept.encode()),
            languages=parse_accept_language(ask.accept_language.encode()),
            context=ask.context,
            country=ask.country,
        )
        return consider(self.catalogue, query)

    def scope_of(self, link: Link) -> str | None:
        rule = self.rule_of(link)
        return rule and rule.slice_key

    @property
    def rules(self) -> list[Rule]:
        """The rules behind the links among which the client chose."""
        return [rule for rule in map(self.rule_of, self.choice.candidates) if rule is not None]


def ask_edge(catalogue: Catalogue, at: EpochSeconds, asks: Sequence[Ask]) -> list[Case]:
    """Read the linkset of each identifier that is asked for, choose from it, and see what the edge does."""
    edge = EdgeClient(catalogue, country_header="Country", trusted_proxies="192.0.2.0/24")
    edge.now = at
    cases = []
    for ask in asks:
        members = edge.get(ask.path, accept=LINKSET).json()["linkset"]
        reply = edge.get(f"{ask.path}?{ask.query}" if ask.query else ask.path, **ask.headers)
        cases.append(Case(catalogue, at, ask, members, choose(members, ask.wish), reply))
    return cases


def read_links(reply: Reply) -> list[Link]:
    """Return the links of a linkset, in a page for people as well."""
    body = reply.body.decode()
    script = re.search(r'<script type="application/ld\+json">(.*?)</script>', body)
    document = json.loads(script[1] if script else body)
    return [link for member in document["linkset"] for link in links_of(member)]


def links_of(member: Member) -> list[Link]:
    return [link for links in member.values() if isinstance(links, list) for link in links]


def kind_of(choice: Choice) -> str:
    """Say what the client had to do: take the one link, prefer one of several, take the default, give up."""
    if choice.status != 307:
        return "several" if choice.status == 300 else "none"
    if len(choice.candidates) == 1:
        return "one"
    return "default" if choice.links[0] is choice.candidates[-1] else "preferred"


def describe(case: Case) -> str:
    """Say what was asked, what the client chose and what the edge did."""
    hrefs = [link["href"] for link in case.choice.links]
    return (
        f"{case.ask} at {case.at}:\nthe client {case.choice.status} {hrefs}, of {case.choice.candidates}\n"
        f"the edge {case.reply.status} {case.targets}"
    )


# The linkset as the edge reads it


def leads_to_choice_of_edge(case: Case) -> bool:
    """Tell whether the edge leads where the linkset does when it is read as the edge reads rules.

    That is scope by scope, up to a link that is good for everybody, with whole language tags, with
    countries as conditions, and without a wildcard.
    """
    members = [read_member(case, member) for member in case.members]
    wish = replace(case.ask.wish, accept=without_wildcard(case.ask.accept))
    candidates = choose(members, wish).candidates
    if not candidates:
        return case.reply.status == 404
    scopes = [tuple(links) for _, links in groupby(candidates, case.scope_of)]
    if case.is_explicit:
        return case.leads_to(*narrow_scope(scopes[0], wish))
    for links in scopes:
        untyped = tuple(link for link in links if (rule := case.rule_of(link)) and not rule.link_type)
        left = narrow_scope((*(untyped or links[:1]), candidates[-1]), wish)
        if len(left) == 1 and left[0] is not candidates[-1]:
            return case.leads_to(*left)
    return case.leads_to(candidates[-1])


def narrow_scope(links: Scope, wish: Wish) -> Scope:
    """Return what is left of the links of one scope: one good for everybody when nothing decides."""
    plain = next((link for link in links if is_plain(link)), None)
    left = narrow(links[: links.index(plain) + 1] if plain else links, wish)
    return (plain,) if plain and len(left) > 1 else left


def read_member(case: Case, member: Member) -> Member:
    """Return *member* with the links that hold for the caller, and what their rules say of them."""
    read = {
        name: [read_link(case, link) for link in value if holds(case, link)]
        if isinstance(value, list)
        else value
        for name, value in member.items()
    }
    return {name: value for name, value in read.items() if value}


def holds(case: Case, link: Link) -> bool:
    """Tell whether a rule leads the caller to *link*, where he is; the hosted page is nobody's."""
    rule = case.rule_of(link)
    return is_there(case, rule) if rule else not case.is_explicit


def is_there(case: Case, rule: Rule) -> bool:
    """Tell whether the caller is in a country of *rule*; a context speaks as if from one."""
    context = case.ask.context or ""
    country = context if len(context) == 2 and context.isalpha() else case.ask.country or ""
    return not rule.location_countries or country.upper() in rule.location_countries


def read_link(case: Case, link: Link) -> Link:
    rule = case.rule_of(link)
    read = dict(link)
    if rule and rule.location_countries:
        read["context"] = rule.contexts
    if rule and has_inexpressible_language(rule):
        read["hreflang"] = rule.languages
    return {name: value for name, value in read.items() if value}


def has_inexpressible_language(rule: Rule) -> bool:
    return any(not re.fullmatch("[a-z]{2}(-[A-Z]{2})?", tag) for tag in rule.languages)


def without_wildcard(accept: str) -> str:
    return ", ".join(item for item in accept.split(", ") if not item.startswith("*/*"))


def is_plain(link: Link) -> bool:
    """Tell whether *link* is good for everybody."""
    return not link.keys() & {"type", "hreflang", "context"}
