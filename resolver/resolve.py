"""Answer one request for an identifier: parse, compose, judge, and say it as the caller wants it."""

import os
from collections.abc import Callable
from dataclasses import replace

from resolver import answers, refusals, representations
from resolver.answers import Answer
from resolver.devices import device_of
from resolver.exchange import Exchange
from resolver.forwarding import escape
from resolver.holder import Holder
from resolver.hosts import Host
from resolver.item_page import item_page_answer
from resolver.negotiate import Representation, choose_representation
from resolver.profiles import PROFILES
from resolver.request import LINKSET_TYPES, Request, asked_link_type, to_query
from resolver.settings import EdgeSettings
from resolver.verification import VERIFY_PATH
from resolver.verification_link import LINK_TYPE
from rules_compiler.compose import find_owner
from rules_compiler.decide import HOSTED, Verdict, default_candidates
from rules_compiler.gs1 import DigitalLinkError, parse_path
from rules_compiler.model import EpochSeconds, Outcome
from rules_compiler.scan import Scan

PAGE_PREFIX = b"/p"

_READING_METHODS = frozenset({"GET", "HEAD"})
_JSON_TYPES = frozenset({"application/json", "application/ld+json"})


class Resolver:
    """Answers requests from whatever table the holder has. It waits for nothing and nobody."""

    def __init__(
        self,
        holder: Holder,
        settings: EdgeSettings,
        *,
        now: Callable[[], EpochSeconds],
        record: Callable[[Scan], None],
    ) -> None:
        self._holder = holder
        self._delegations = settings.delegations
        self._verify_root = settings.origin + VERIFY_PATH
        self._profile = PROFILES[settings.resolution_profile]
        self._now = now
        self._record = record

    def answer(self, request: Request, host: Host) -> Answer:
        """Return the answer to *request* at *host*; its path is relative to the root of the host."""
        opened = self._open(request, host)
        return opened if isinstance(opened, Answer) else self._resolve(opened)

    def answer_page(self, request: Request, host: Host) -> Answer:
        """Return the hosted page of the identifier behind `/p`. Looking at it is no scan."""
        request = request._replace(raw_path=request.raw_path.removeprefix(PAGE_PREFIX))
        opened = self._open(request, host)
        return opened if isinstance(opened, Answer) else item_page_answer(opened)

    def _open(self, request: Request, host: Host) -> Exchange | Answer:
        """Return what *request* is about, or the answer when it is about nothing we know."""
        if request.method not in _READING_METHODS:
            if request.method == "OPTIONS":
                return answers.preflight(host.root + escape(request.raw_path))
            return answers.method_not_allowed()
        try:
            link = parse_path(request.raw_path, request.raw_query, self._profile.parsing)
        except DigitalLinkError as error:
            return refusals.bad_identifier(request, error)
        held, at = self._holder.held, self._now()
        composition = held.compose(link.ais, at)
        is_foreign = host.organization_id is not None and (
            composition is None or find_owner(held.table, composition.item) != host.organization_id
        )
        if not is_foreign:  # who else handles an identifier is nothing that a stranger's host tells
            for prefix, root in self._delegations:
                if link.slice_key.startswith(prefix):
                    return answers.delegate(root, request.raw_path, request.raw_query)
        if composition is None or is_foreign or link.key_ai not in self._profile.primary_keys:
            return refusals.unknown_item(request, link)
        query = to_query(link, request, at)
        if composition.has_arms:
            query = replace(query, network=request.find_network())
        profile, verify_root = self._profile, self._verify_root
        return Exchange(request, link, query, composition, held.table, host.root, profile, verify_root)

    def _resolve(self, exchange: Exchange) -> Answer:
        profile = exchange.profile
        representation = choose_representation(exchange.query.accept, profile.unspecific)
        asked = asked_link_type(exchange.link)
        if asked in LINKSET_TYPES or representation in {Representation.LINKSET, Representation.JSON_LD}:
            self._scan(exchange, "linkset", HOSTED)
            return representations.linkset(exchange)
        if _asks_to_verify(exchange):
            self._scan(exchange, "verification", HOSTED)
            return representations.verification(exchange)
        verdict = profile.judge(exchange.composition, exchange.query)
        if representation is Representation.JSON and not (
            profile.json_is_a_link and _leads_to_json(exchange)
        ):
            self._scan(exchange, "json", verdict)
            return representations.product_json(exchange, verdict)
        if verdict.outcome is Outcome.NOT_FOUND:
            return representations.no_such_link(exchange)
        self._scan(exchange, verdict.outcome.lower(), verdict)
        if verdict.outcome is Outcome.CHOICES:
            return representations.choices(exchange, verdict)
        return representations.redirect(exchange, verdict)

    def _scan(self, exchange: Exchange, outcome: str, verdict: Verdict) -> None:
        if exchange.request.method != "GET":
            return
        device = device_of(exchange.request.user_agent)
        composition = exchange.composition
        scan = Scan(
            id=os.urandom(16),
            at=exchange.query.at,
            key=exchange.link.slice_key,
            organization_id=composition.organization_id,
            brand_id=composition.item.brand_id,
            rule_id=verdict.winner.entry.rule_id if verdict.winner else None,
            outcome=outcome,
            country=exchange.query.country,
            device=device.name,
            is_bot=device.is_bot,
        )
        self._record(scan)


def _asks_to_verify(exchange: Exchange) -> bool:
    """Return whether the link asked for is the verification of the serial; there is one of every serial."""
    return exchange.query.link_type == LINK_TYPE and exchange.verification is not None


def _leads_to_json(exchange: Exchange) -> bool:
    """Return whether a caller who wants JSON is sent to a link: one of a type, or a default that is JSON."""
    if asked_link_type(exchange.link):
        return True
    candidates = default_candidates(exchange.composition, exchange.query)
    return any(candidate.entry.media_type in _JSON_TYPES for candidate in candidates)
