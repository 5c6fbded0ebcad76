"""Answers that were given and are still true, ready to be sent again.

What may be kept is decided here and nowhere else: answers about what is registered, to requests that
ask for it in the one canonical way. Lots and serials that nobody registered are endless and never kept.
"""

from itertools import count
from typing import NamedTuple, TypeAlias

from resolver.answers import Answer, Basis
from resolver.callers import Alike, Offers, to_alike
from resolver.grounds import Term
from resolver.holder import Holder, Standing
from resolver.hosts import Host, host_key
from resolver.locations import Location
from resolver.negotiate import Representation, choose_representation, parse_accept, wants_page
from resolver.profiles import Profile
from resolver.recent import Recent
from resolver.request import LINKSET_TYPES, Request
from rules_compiler.link_types import LINK_TYPES, read_requested_link_type
from rules_compiler.model import EpochSeconds, SliceKey

KEPT_BYTES = 32 * 1024 * 1024
_MAX_VARIANTS = 32
_MAX_HOSTS = 256
_MAX_FORMS = 512
_COUNTRY_LENGTH = 2
_REDIRECTS = range(301, 309)
# What an answer takes in memory beside its body.
_ANSWER_BYTES = 1_300

Caller: TypeAlias = tuple[bytes, bytes, Location]
"""Accept, Accept-Language, and the place: all that an answer may depend on beside its target."""


def caller_of(request: Request) -> Caller:
    """Return what an answer to *request* may depend on beside its target."""
    return request.accept, request.accept_language, request.location


class Kept:
    """One answer, and until when it may be sent again: till *until*, and no longer than its term."""

    __slots__ = ("answer", "term", "until")

    def __init__(self, answer: Answer, basis: Basis) -> None:
        # Without the composition, which weighs more than all the rest.
        self.answer = answer._replace(basis=None)
        self.term = basis.standing.term
        self.until = self.term.until - basis.fresh_s


class _Variants:
    """The answers to one target, by what counts of the caller."""

    __slots__ = ("answers", "offers")

    def __init__(self, offers: Offers) -> None:
        self.offers = offers
        self.answers: dict[Alike, Kept] = {}


class _Form(NamedTuple):
    """With what the keys of answers begin that have one form, and those of redirects in that form.

    A redirect is the same whether or not the caller would rather see a page than a linkset.
    """

    own: bytes
    redirects: bytes


class _AskedHost:
    """A host as requests name it, for as long as what is said of it is the same; forms are by Accept."""

    __slots__ = ("forms", "mark", "term")

    def __init__(self, term: Term, mark: bytes) -> None:
        self.term = term
        self.mark = mark
        self.forms: dict[bytes, _Form] = {}


class KeptAnswers:
    """Finds an answer by host, form and target; KEPT_BYTES is the most that all of them take."""

    def __init__(self, holder: Holder, profile: Profile) -> None:
        self._holder = holder
        self._profile = profile
        self._asked_hosts: dict[bytes, _AskedHost] = {}
        self._marks = count()
        self._kept: Recent[bytes, Kept | _Variants] = Recent(KEPT_BYTES)

    @property
    def size_bytes(self) -> int:
        """What is taken, by estimate."""
        return self._kept.weight

    def find(
        self, root: bytes, raw_path: bytes, raw_query: bytes, caller: Caller, at: EpochSeconds
    ) -> Kept | None:
        """Return the answer to a plain request, or None when none is kept."""
        host = self._asked_hosts.get(root)
        if host is None or not host.term.holds_at(at):
            return None
        form = host.forms.get(caller[0])
        if form is None:
            return None
        target = b"%b?%b" % (raw_path, raw_query) if raw_query else raw_path
        kept = self._kept.get(form.redirects + target) or self._kept.get(form.own + target)
        if isinstance(kept, _Variants):
            kept = kept.answers.get(to_alike(*caller, kept.offers))
        return kept if kept is not None and at < kept.until and kept.term.holds_at(at) else None

    def keep(self, request: Request, host: Host, answer: Answer, basis: Basis) -> None:
        """Keep the *answer* to a plain request at *host*, if it may be kept."""
        standing = basis.standing
        if standing.composition.has_arms or request.raw_path != b"%b/%b" % (
            host.root_path,
            basis.key.encode(),
        ):
            return
        if not _asks_the_usual(request.raw_query, standing) or not self._is_registered(basis.key, standing):
            return
        form = self._form_of(request)
        key = form.redirects if answer.status in _REDIRECTS else form.own
        key += b"%b?%b" % (request.raw_path, request.raw_query) if request.raw_query else request.raw_path
        kept, weight = Kept(answer, basis), _ANSWER_BYTES + len(answer.body)
        if basis.offers is None:
            self._kept.put(key, kept, weight)
            return
        variants = self._kept.get(key)
        if not isinstance(variants, _Variants) or variants.offers is not basis.offers:
            variants = _Variants(basis.offers)
        if len(variants.answers) >= _MAX_VARIANTS:
            variants.answers.clear()
        variants.answers[to_alike(*caller_of(request), basis.offers)] = kept
        self._kept.put(key, variants, weight * len(variants.answers))

    def _is_registered(self, key: SliceKey, standing: Standing) -> bool:
        _key, _value, *qualifiers = key.split("/")
        if not qualifiers:
            return True
        shape = "/".join(qualifiers[::2])
        return shape in standing.composition.item.narrower and self._holder.table.find(key) is not None

    def _form_of(self, request: Request) -> _Form:
        asked = self._asked_hosts.get(request.root)
        if asked is None or not asked.term.holds_at(0.0):
            if len(self._asked_hosts) >= _MAX_HOSTS:
                self._asked_hosts.clear()
            # INVARIANT: no mark is used twice, so that nobody finds what was kept for a former owner.
            asked = _AskedHost(self._holder.stand_on(host_key(request.host)), b"%d " % next(self._marks))
            self._asked_hosts[request.root] = asked
        form = asked.forms.get(request.accept)
        if form is None:
            if len(asked.forms) >= _MAX_FORMS:
                asked.forms.clear()
            form = asked.forms[request.accept] = self._read_form(request.accept, asked.mark)
        return form

    def _read_form(self, header: bytes, mark: bytes) -> _Form:
        accept = parse_accept(header)
        representation = choose_representation(accept, self._profile.unspecific)
        own = b"%b%d%d " % (mark, representation.value, wants_page(accept))
        return _Form(own, b"%b> " % mark if representation is Representation.REDIRECT else own)


def _asks_the_usual(raw_query: bytes, standing: Standing) -> bool:
    """Return whether a query asks for nothing, or for what few values can name."""
    if not raw_query:
        return True
    name, _, asked = raw_query.decode("latin-1").partition("=")
    if name == "context":
        is_country = len(asked) == _COUNTRY_LENGTH and asked.isalpha()
        levels = standing.composition.levels
        return is_country or any(asked in entry.contexts for level in levels for entry in level.entries)
    return name == "linkType" and (asked in LINKSET_TYPES or read_requested_link_type(asked) in LINK_TYPES)
