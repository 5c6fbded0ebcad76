"""Answers that were given and are still true, ready to be sent again.

What may be kept is decided here and nowhere else: answers about what is registered, to requests that
ask for it in the one canonical way. Lots and serials that nobody registered are endless and never kept.
"""

from collections.abc import Mapping
from itertools import count
from typing import NamedTuple, TypeAlias

from resolver.answers import LINKSET_LINK_END, Answer, Basis, Headers, redirect_headers
from resolver.callers import Alike, Offers, to_alike
from resolver.grounds import Term
from resolver.holder import Holder, Standing
from resolver.hosts import Host, host_key
from resolver.locations import Location
from resolver.negotiate import Representation, choose_representation, parse_accept, wants_page
from resolver.profiles import Profile
from resolver.recent import Recent
from resolver.request import LINKSET_TYPES, Request
from resolver.scans import Subject
from rules_compiler.link_types import LINK_TYPES, read_requested_link_type
from rules_compiler.model import EpochSeconds

KEPT_BYTES = 32 * 1024 * 1024
# For linksets, product JSON and pages, of which each takes the room of ten redirects and few ask for it:
# so much in any case, and whatever redirects leave.
_CONTENTS_BYTES = 4 * 1024 * 1024
_MAX_VARIANTS = 32
_MAX_HOSTS = 256
_MAX_FORMS = 512
_COUNTRY_LENGTH = 2
_ROOM_STEP_BYTES = 1024 * 1024
# What answers take in memory beside their locations and bodies, with their places in the cache.
_REDIRECT_BYTES = 480
_CONTENT_BYTES = 1_300
_ALIKE_BYTES = 300

Caller: TypeAlias = tuple[bytes, bytes, Location]
"""Accept, Accept-Language, and the place: all that an answer may depend on beside its target."""


Parts: TypeAlias = tuple[int, Headers, bytes, bytes, Subject | None]
"""Status, headers, body, key and subject of an `Answer`; a plain tuple is made in a fourth of the time."""


def caller_of(request: Request) -> Caller:
    """Return what an answer to *request* may depend on beside its target."""
    return request.accept, request.accept_language, request.location


class _KeptRedirect:
    """A redirect, of which only what cannot be made again from the request takes room."""

    __slots__ = ("location", "subject", "term")

    def __init__(self, answer: Answer, basis: Basis) -> None:
        self.location = dict(answer.headers)[b"location"]
        self.subject = answer.subject
        self.term = basis.standing.term

    @property
    def size_bytes(self) -> int:
        """What it takes in memory, with its place in the cache; an estimate."""
        return _REDIRECT_BYTES + len(self.location)


class _KeptContent:
    """An answer that is kept as it is sent, till *until* and no longer than its term."""

    __slots__ = ("parts", "term", "until")

    def __init__(self, answer: Answer, basis: Basis) -> None:
        # Without the composition, which weighs more than all the rest.
        self.parts: Parts = answer[:5]
        self.term = basis.standing.term
        self.until = self.term.until - basis.fresh_s

    @property
    def size_bytes(self) -> int:
        """What it takes in memory, with its place in the cache; an estimate."""
        return _CONTENT_BYTES + len(self.parts[2])


_Kept: TypeAlias = _KeptRedirect | _KeptContent


class _Variants:
    """The answers to one target, by what counts of the caller."""

    __slots__ = ("answers", "offers")

    def __init__(self, offers: Offers, answers: Mapping[Alike, _Kept]) -> None:
        self.offers = offers
        self.answers = answers

    @property
    def size_bytes(self) -> int:
        """What they take in memory; an estimate."""
        return sum(kept.size_bytes + _ALIKE_BYTES for kept in self.answers.values())


class _Form(NamedTuple):
    """With what the keys of answers begin that have one form, and those of redirects in that form.

    A redirect is the same whether or not the caller would rather see a page than a linkset.
    """

    own: bytes
    redirects: bytes


class _AskedHost:
    """A host as requests name it, for as long as what is said of it is the same.

    `forms` are by Accept. `link_start` is with what the `Link` of a redirect begins before the path,
    `key_start` where in a path the identifier begins.
    """

    __slots__ = ("forms", "key_start", "link_start", "mark", "term")

    def __init__(self, host: Host, term: Term, mark: bytes) -> None:
        self.term = term
        self.mark = mark
        self.link_start = b"<" + host.root.encode().removesuffix(host.root_path)
        self.key_start = len(host.root_path) + 1
        self.forms: dict[bytes, _Form] = {}


class KeptAnswers:
    """Finds an answer by host, form and target; KEPT_BYTES is the most that all of them take."""

    def __init__(self, holder: Holder, profile: Profile) -> None:
        self._holder = holder
        self._profile = profile
        self._redirect_status = profile.redirect_status
        self._asked_hosts: dict[bytes, _AskedHost] = {}
        self._bound_marks: dict[str, tuple[Term, bytes]] = {}
        self._numbers = count()
        self._redirects: Recent[bytes, _Kept | _Variants] = Recent(KEPT_BYTES - _CONTENTS_BYTES, _weigh)
        self._contents: Recent[bytes, _Kept | _Variants] = Recent(_CONTENTS_BYTES, _weigh)
        self._room = _CONTENTS_BYTES

    @property
    def size_bytes(self) -> int:
        """What is taken, by estimate."""
        return self._redirects.weight + self._contents.weight

    def find(
        self, root: bytes, raw_path: bytes, raw_query: bytes, caller: Caller, at: EpochSeconds
    ) -> Parts | None:
        """Return the answer to a plain request, or None when none is kept."""
        host = self._asked_hosts.get(root)
        if host is None or not host.term.holds_at(at):
            return None
        form = host.forms.get(caller[0])
        if form is None:
            return None
        target = b"%b?%b" % (raw_path, raw_query) if raw_query else raw_path
        kept = self._redirects.get(form.redirects + target) or self._contents.get(form.own + target)
        if isinstance(kept, _Variants):
            kept = kept.answers.get(to_alike(*caller, kept.offers))
        if kept is None or not kept.term.holds_at(at):
            return None
        if isinstance(kept, _KeptRedirect):
            link = b"%b%b%b" % (host.link_start, raw_path, LINKSET_LINK_END)
            headers = redirect_headers(kept.location, link)
            return self._redirect_status, headers, b"", raw_path[host.key_start :], kept.subject
        return kept.parts if at < kept.until else None

    def keep(self, request: Request, host: Host, answer: Answer, basis: Basis) -> None:
        """Keep the *answer* to a plain request at *host*, if it may be kept."""
        standing = basis.standing
        if standing.composition.has_arms or request.raw_path != b"%b/%b" % (host.root_path, answer.key):
            return
        if not _asks_the_usual(request.raw_query, standing) or not self._is_registered(answer.key, standing):
            return
        is_redirect = answer.status == self._profile.redirect_status
        form = self._form_of(request, host)
        cache, key = (self._redirects, form.redirects) if is_redirect else (self._contents, form.own)
        key += b"%b?%b" % (request.raw_path, request.raw_query) if request.raw_query else request.raw_path
        kept = _KeptRedirect(answer, basis) if is_redirect else _KeptContent(answer, basis)
        if not is_redirect:
            self._make_room_for_contents()
        if basis.offers is None:
            cache.put(key, kept)
            return
        known = cache.get(key)
        answers: dict[Alike, _Kept] = {}
        if (
            isinstance(known, _Variants)
            and known.offers is basis.offers
            and len(known.answers) < _MAX_VARIANTS
        ):
            answers.update(known.answers)
        answers[to_alike(*caller_of(request), basis.offers)] = kept
        cache.put(key, _Variants(basis.offers, answers))

    def _make_room_for_contents(self) -> None:
        room = max(_CONTENTS_BYTES, KEPT_BYTES - 2 * self._redirects.lately)
        if abs(room - self._room) > _ROOM_STEP_BYTES:
            self._contents.resize(room)
            self._room = room

    def _is_registered(self, raw_key: bytes, standing: Standing) -> bool:
        if raw_key.count(b"/") == 1:
            return True
        key = raw_key.decode()
        qualifiers = key.split("/")[2:]
        shape = "/".join(qualifiers[::2])
        return shape in standing.composition.item.narrower and self._holder.table.find(key) is not None

    def _form_of(self, request: Request, host: Host) -> _Form:
        asked = self._asked_hosts.get(request.root)
        if asked is None or not asked.term.holds_at(0.0):
            if len(self._asked_hosts) >= _MAX_HOSTS:
                self._asked_hosts.clear()
            term = self._holder.stand_on(host_key(request.host))
            asked = _AskedHost(host, term, self._mark_of(host, term))
            self._asked_hosts[request.root] = asked
        form = asked.forms.get(request.accept)
        if form is None:
            if len(asked.forms) >= _MAX_FORMS:
                asked.forms.clear()
            form = asked.forms[request.accept] = self._read_form(request.accept, asked.mark)
        return form

    def _mark_of(self, host: Host, term: Term) -> bytes:
        """Return with what the keys of all answers at *host* begin, whatever a request calls it."""
        if host.organization_id is None:
            return b""
        known = self._bound_marks.get(host.root)
        if known is None or not known[0].holds_at(0.0):
            if len(self._bound_marks) >= _MAX_HOSTS:
                self._bound_marks.clear()
            # INVARIANT: no mark is used twice, so that nobody finds what was kept for a former owner.
            known = self._bound_marks[host.root] = (term, b"%d " % next(self._numbers))
        return known[1]

    def _read_form(self, header: bytes, mark: bytes) -> _Form:
        accept = parse_accept(header)
        representation = choose_representation(accept, self._profile.unspecific)
        own = b"%b%d%d " % (mark, representation.value, wants_page(accept))
        return _Form(own, b"%b> " % mark if representation is Representation.REDIRECT else own)


def _weigh(kept: _Kept | _Variants) -> int:
    return kept.size_bytes


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
