"""Answer one request for an identifier: parse, compose, judge, and say it as the caller wants it."""

from resolver import answers, refusals, representations
from resolver.answers import Answer, Basis
from resolver.callers import caller_of, to_alike
from resolver.exchange import Exchange
from resolver.forwarding import escape
from resolver.holder import Holder
from resolver.hosts import Host
from resolver.item_page import item_page_answer
from resolver.negotiate import Representation, choose_representation
from resolver.profiles import PROFILES
from resolver.request import LINKSET_TYPES, Request, asked_link_type, to_query
from resolver.scans import Subject
from resolver.settings import EdgeSettings
from resolver.verification import VERIFY_PATH
from resolver.verification_link import LINK_TYPE
from rules_compiler.candidates import Candidate
from rules_compiler.compose import Composition, find_owner
from rules_compiler.decide import HOSTED, Verdict, default_candidates
from rules_compiler.gs1 import DigitalLinkError, parse_path
from rules_compiler.model import EpochSeconds, Outcome

PAGE_PREFIX = b"/p"

# Of one composition; what callers may ask for is endless.
_MAX_VERDICTS = 32

_READING_METHODS = frozenset({"GET", "HEAD"})
_LINKSETS = frozenset({Representation.LINKSET, Representation.JSON_LD})
_JSON_TYPES = frozenset({"application/json", "application/ld+json"})


class Resolver:
    """Answers requests from whatever table the holder has. It waits for nothing and nobody."""

    def __init__(self, holder: Holder, settings: EdgeSettings) -> None:
        self._holder = holder
        self._delegations = settings.delegations
        self._verify_root = settings.origin + VERIFY_PATH
        self._profile = PROFILES[settings.resolution_profile]

    def answer(self, request: Request, host: Host, at: EpochSeconds) -> Answer:
        """Return the answer to *request* at *host*; its path is relative to the root of the host."""
        opened = self._open(request, host, at)
        return opened if isinstance(opened, Answer) else self._resolve(opened)

    def answer_page(self, request: Request, host: Host, at: EpochSeconds) -> Answer:
        """Return the hosted page of the identifier behind `/p`. Looking at it is no scan."""
        request = request._replace(raw_path=request.raw_path.removeprefix(PAGE_PREFIX))
        opened = self._open(request, host, at)
        return opened if isinstance(opened, Answer) else item_page_answer(opened)

    def _open(self, request: Request, host: Host, at: EpochSeconds) -> Exchange | Answer:
        """Return what *request* is about, or the answer when it is about nothing we know."""
        if request.method not in _READING_METHODS:
            if request.method == "OPTIONS":
                return answers.preflight(host.root + escape(request.raw_path))
            return answers.method_not_allowed()
        try:
            link = parse_path(request.raw_path, request.raw_query, self._profile.parsing)
        except DigitalLinkError as error:
            return refusals.bad_identifier(request, error)
        table = self._holder.table
        standing = self._holder.compose(link.ais, at)
        is_foreign = host.organization_id is not None and (
            standing is None
            or find_owner(standing.composition.item, standing.owner.organization_id) != host.organization_id
        )
        if not is_foreign:  # who else handles an identifier is nothing that a stranger's host tells
            for prefix, root in self._delegations:
                if link.slice_key.startswith(prefix):
                    return answers.delegate(root, request.raw_path, request.raw_query)
        if standing is None or is_foreign or link.key_ai not in self._profile.primary_keys:
            return refusals.unknown_item(request, link)
        query = to_query(link, request, at)
        if standing.composition.has_arms:
            query = query._replace(network=request.find_network())
        profile, verify_root = self._profile, self._verify_root
        return Exchange(request, link, query, standing, table, host.root, profile, verify_root)

    def _resolve(self, exchange: Exchange) -> Answer:
        profile = exchange.profile
        representation = choose_representation(exchange.query.accept, profile.unspecific)
        asked = asked_link_type(exchange.link)
        if asked in LINKSET_TYPES or representation in _LINKSETS:
            return _listed(exchange, representations.linkset(exchange))
        if _asks_to_verify(exchange):
            return _seen(exchange, representations.verification(exchange), "verification")
        verdict = _judge(exchange)
        if representation is Representation.JSON and not (
            profile.json_is_a_link and _leads_to_json(exchange)
        ):
            return _seen(exchange, representations.product_json(exchange, verdict), "json", verdict)
        if verdict.outcome is Outcome.NOT_FOUND:
            basis = Basis(exchange.standing, exchange.standing.offers if _has_asked_type(exchange) else None)
            return representations.no_such_link(exchange)._replace(key=exchange.key, basis=basis)
        if verdict.outcome is Outcome.CHOICES:
            return _seen(exchange, representations.choices(exchange, verdict), "choices", verdict)
        outcome = "redirect" if verdict.outcome is Outcome.REDIRECT else "hosted"
        return _seen(exchange, representations.redirect(exchange, verdict), outcome, verdict)


def _judge(exchange: Exchange) -> Verdict:
    """Return what the rules say, or what they said before to the same question of somebody alike."""
    standing, query, request = exchange.standing, exchange.query, exchange.request
    if query.context is not None or not standing.is_general:
        return exchange.profile.judge(standing.composition, query)
    alike = None
    if standing.offers is not None:
        alike = to_alike(caller_of(request), standing.offers)
    verdict = standing.verdicts.get((query.link_type, alike))
    if verdict is None:
        verdict = exchange.profile.judge(standing.composition, query)
        if len(standing.verdicts) < _MAX_VERDICTS:
            standing.verdicts[query.link_type, alike] = verdict
    return verdict


def _seen(exchange: Exchange, answer: Answer, outcome: str, verdict: Verdict = HOSTED) -> Answer:
    """Return *answer*, which counts as a scan, with what it was made from."""
    standing = exchange.standing
    subject = _subject(standing.composition, outcome, verdict.winner)
    basis = Basis(standing, standing.offers)
    return Answer(answer.status, answer.headers, answer.body, exchange.key, subject, basis)


def _listed(exchange: Exchange, linkset: Answer) -> Answer:
    """Return *linkset*, which is the same to everybody, as `_seen` does."""
    subject = _subject(exchange.standing.composition, "linkset", None)
    basis = Basis(exchange.standing, None, representations.LINKSET_SECONDS)
    return linkset._replace(key=exchange.key, subject=subject, basis=basis)


def _subject(composition: Composition, outcome: str, winner: Candidate | None) -> Subject:
    rule_id = winner.entry.rule_id if winner else None
    return Subject(composition.organization_id, composition.item.brand_id, rule_id, outcome)


def _asks_to_verify(exchange: Exchange) -> bool:
    """Return whether the link asked for is the verification of the serial; there is one of every serial."""
    return exchange.query.link_type == LINK_TYPE and exchange.verification is not None


def _has_asked_type(exchange: Exchange) -> bool:
    """Return whether there is any link of the type asked for, so that another caller may get one."""
    asked, composition = exchange.query.link_type, exchange.composition
    types = {asked, None} if asked == composition.default_link_type else {asked}
    return any(entry.link_type in types for level in composition.levels for entry in level.entries)


def _leads_to_json(exchange: Exchange) -> bool:
    """Return whether a caller who wants JSON is sent to a link: one of a type, or a default that is JSON."""
    if asked_link_type(exchange.link):
        return True
    candidates = default_candidates(exchange.composition, exchange.query)
    return any(candidate.entry.media_type in _JSON_TYPES for candidate in candidates)
