"""Answers that were given and are still true, ready to be sent again.

What may be kept is decided here and nowhere else: answers about what is registered, to requests that
ask for it in the one canonical way. Lots and serials that nobody registered are endless and never kept.
"""

from itertools import count
from typing import TypeAlias

from resolver.answers import Answer, Basis
from resolver.grounds import Term
from resolver.holder import Holder, Standing
from resolver.hosts import Host, host_key
from resolver.locations import Location
from resolver.negotiate import choose_representation, parse_accept, wants_page
from resolver.profiles import Profile
from resolver.recent import Recent
from resolver.request import LINKSET_TYPES, Request
from rules_compiler.link_types import LINK_TYPES, read_requested_link_type
from rules_compiler.model import EpochSeconds, SliceKey

KEPT_BYTES = 32 * 1024 * 1024
_MAX_CALLERS = 32
_MAX_HOSTS = 256
_MAX_FORMS = 512
_COUNTRY_LENGTH = 2
# What an answer takes in memory beside its body.
_ANSWER_BYTES = 1_300

Caller: TypeAlias = tuple[bytes, bytes, Location]
"""What an answer may depend on beside its target: Accept, Accept-Language, and the place."""


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


class _AskedHost:
    """A host as requests name it, for as long as what is said of it is the same.

    `forms` gives for an Accept header the bytes with which the targets of its answers begin.
    """

    __slots__ = ("forms", "mark", "term")

    def __init__(self, term: Term, mark: bytes) -> None:
        self.term = term
        self.mark = mark
        self.forms: dict[bytes, bytes] = {}


class KeptAnswers:
    """Finds an answer by host, form and target; KEPT_BYTES is the most that all of them take."""

    def __init__(self, holder: Holder, profile: Profile) -> None:
        self._holder = holder
        self._profile = profile
        self._asked_hosts: dict[bytes, _AskedHost] = {}
        self._marks = count()
        # Of an answer that depends on the caller there are several.
        self._kept: Recent[bytes, Kept | dict[Caller, Kept]] = Recent(KEPT_BYTES)

    def find(
        self, host: bytes, raw_path: bytes, raw_query: bytes, caller: Caller, at: EpochSeconds
    ) -> Kept | None:
        """Return the answer to a plain request, or None when none is kept."""
        asked = self._asked_hosts.get(host)
        if asked is None or not asked.term.holds_at(at):
            return None
        form = asked.forms.get(caller[0])
        if form is None:
            return None
        found = self._kept.get(_target(form, raw_path, raw_query))
        kept = found.get(caller) if isinstance(found, dict) else found
        return kept if kept is not None and at < kept.until and kept.term.holds_at(at) else None

    def keep(self, request: Request, host: Host, answer: Answer, basis: Basis) -> None:
        """Keep the *answer* to a plain request at *host*, if it may be kept."""
        if not _is_canonical(request, host, basis.key):
            return
        standing, weight = basis.standing, _ANSWER_BYTES + len(answer.body)
        if standing.composition.has_arms or not self._is_registered(basis.key, standing):
            return
        target = _target(self._form_of(request), request.raw_path, request.raw_query)
        if not standing.varies:
            self._kept.put(target, Kept(answer, basis), weight)
            return
        by_caller = self._kept.get(target)
        if not isinstance(by_caller, dict) or len(by_caller) >= _MAX_CALLERS:
            by_caller = {}
        by_caller[caller_of(request)] = Kept(answer, basis)
        self._kept.put(target, by_caller, weight * len(by_caller))

    def _is_registered(self, key: SliceKey, standing: Standing) -> bool:
        _key, _value, *qualifiers = key.split("/")
        if not qualifiers:
            return True
        shape = "/".join(qualifiers[::2])
        return shape in standing.composition.item.narrower and self._holder.table.find(key) is not None

    def _form_of(self, request: Request) -> bytes:
        asked = self._asked_hosts.get(request.root)
        if asked is None or not asked.term.holds_at(0.0):
            if len(self._asked_hosts) >= _MAX_HOSTS:
                self._asked_hosts.clear()
            # INVARIANT: no mark is used twice, so that nobody finds what was kept for a former owner.
            asked = _AskedHost(self._holder.stand_on(host_key(request.host)), b"%d" % next(self._marks))
            self._asked_hosts[request.root] = asked
        form = asked.forms.get(request.accept)
        if form is None:
            if len(asked.forms) >= _MAX_FORMS:
                asked.forms.clear()
            accept = parse_accept(request.accept)
            representation = choose_representation(accept, self._profile.unspecific)
            form = b"%b %d%d " % (asked.mark, representation.value, wants_page(accept))
            asked.forms[request.accept] = form
        return form


def _target(form: bytes, raw_path: bytes, raw_query: bytes) -> bytes:
    return b"%b%b?%b" % (form, raw_path, raw_query) if raw_query else form + raw_path


def _is_canonical(request: Request, host: Host, key: SliceKey) -> bool:
    """Return whether *request* spells *key* as we do, and asks for nothing but what few values can name."""
    if request.raw_path != b"%b/%b" % (host.root_path, key.encode()):
        return False
    if not request.raw_query:
        return True
    name, _, asked = request.raw_query.decode("latin-1").partition("=")
    if name == "context":
        return len(asked) == _COUNTRY_LENGTH and asked.isalpha()
    return name == "linkType" and (asked in LINKSET_TYPES or read_requested_link_type(asked) in LINK_TYPES)
