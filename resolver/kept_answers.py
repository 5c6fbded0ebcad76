"""Answers that were given and are still true, ready to be sent again.

What may be kept is decided here and nowhere else: answers about what is registered, to requests that
ask for it in the one canonical way. Lots and serials that nobody registered are endless and never kept.
"""

from collections.abc import Mapping
from typing import TypeAlias

from resolver.answers import LINKSET_LINK_END, Answer, Basis, Parts, redirect_headers
from resolver.asked_hosts import AskedHost, Form
from resolver.callers import Alike, Caller, Offers, caller_of, to_alike
from resolver.grounds import Term
from resolver.holder import Holder, Standing
from resolver.profiles import Profile
from resolver.recent import Recent
from resolver.request import LINKSET_TYPES, Request
from resolver.scans import Subject
from resolver.seen_lately import SeenLately
from rules_compiler.link_types import LINK_TYPES, read_requested_link_type
from rules_compiler.model import EpochSeconds

KEPT_BYTES = 32 * 1024 * 1024
# For linksets, product JSON and pages, of which each takes the room of ten redirects and few ask for it:
# so much in any case, and whatever redirects leave.
_CONTENTS_BYTES = 4 * 1024 * 1024
_MAX_VARIANTS = 32
_COUNTRY_LENGTH = 2
_ROOM_STEP_BYTES = 1024 * 1024
# What answers take in memory beside their locations and bodies, with their places in the cache.
_REDIRECT_BYTES = 480
_CONTENT_BYTES = 1_300
_ALIKE_BYTES = 300


class KeptRedirect:
    """A redirect and its term, of which only what cannot be made again from a request takes room."""

    __slots__ = ("location", "subject", "term")

    def __init__(self, location: bytes, subject: Subject | None, term: Term) -> None:
        self.location = location
        self.subject = subject
        self.term = term

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


_Kept: TypeAlias = KeptRedirect | _KeptContent


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


_Cache: TypeAlias = Recent[bytes, _Kept | _Variants]


class KeptAnswers:
    """Finds an answer by form and target; KEPT_BYTES is the most that all of them take."""

    def __init__(self, holder: Holder, profile: Profile) -> None:
        self._holder = holder
        self._redirect_status = profile.redirect_status
        self._redirects: _Cache = Recent(KEPT_BYTES - _CONTENTS_BYTES, _weigh)
        self._contents: _Cache = Recent(_CONTENTS_BYTES, _weigh)
        self._room = _CONTENTS_BYTES
        self._seen = SeenLately()

    @property
    def size_bytes(self) -> int:
        """What is taken, by estimate."""
        return self._redirects.weight + self._contents.weight

    def find(
        self, asked: AskedHost, form: Form, target: bytes, raw_path: bytes, caller: Caller, at: EpochSeconds
    ) -> Parts | None:
        """Return the answer to a plain request for *target*, which begins with *raw_path*, if one is kept."""
        mark = asked.mark
        kept = self._redirects.get(mark + form.redirects + target) or self._contents.get(
            mark + form.own + target
        )
        if isinstance(kept, _Variants):
            kept = kept.answers.get(to_alike(caller, kept.offers))
        if kept is None or not kept.term.holds_at(at):
            return None
        if isinstance(kept, KeptRedirect):
            link = b"%b%b%b" % (asked.link_start, raw_path, LINKSET_LINK_END)
            headers = redirect_headers(kept.location, link)
            return self._redirect_status, headers, b"", raw_path[asked.key_start :], kept.subject
        return kept.parts if at < kept.until else None

    def keep(self, asked: AskedHost, form: Form, request: Request, answer: Answer, basis: Basis) -> None:
        """Keep the *answer* to a plain request, if it may be kept."""
        standing = basis.standing
        if standing.composition.has_arms or request.raw_path[asked.key_start :] != answer.key:
            return
        if not _asks_the_usual(request.raw_query, standing) or not self._is_registered(answer.key, standing):
            return
        if answer.status == self._redirect_status:
            if place := self.place_for(asked, form, request.target):
                location = dict(answer.headers)[b"location"]
                kept = KeptRedirect(location, answer.subject, standing.term)
                self.keep_redirect(place, kept, caller_of(request), basis.offers)
            return
        self._make_room_for_contents()
        place = asked.mark + form.own + request.target
        if self._admits(self._contents, place):
            _put(self._contents, place, _KeptContent(answer, basis), caller_of(request), basis.offers)

    def place_for(self, asked: AskedHost, form: Form, target: bytes) -> bytes | None:
        """Return where to keep a redirect from *target* that was just made, None when it is not worth it."""
        place = asked.mark + form.redirects + target
        return place if self._admits(self._redirects, place) else None

    def keep_redirect(self, place: bytes, kept: KeptRedirect, caller: Caller, offers: Offers | None) -> None:
        """Keep a redirect for all who are like *caller* in what *offers* leave to them."""
        _put(self._redirects, place, kept, caller, offers)

    def _admits(self, cache: _Cache, key: bytes) -> bool:
        # Where something else has to leave, only what is asked for again is worth that.
        return cache.has_room or self._seen.note(key)

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


def _put(cache: _Cache, key: bytes, kept: _Kept, caller: Caller, offers: Offers | None) -> None:
    if offers is None:
        cache.put(key, kept)
        return
    known = cache.get(key)
    answers: dict[Alike, _Kept] = {}
    if isinstance(known, _Variants) and known.offers is offers and len(known.answers) < _MAX_VARIANTS:
        answers.update(known.answers)
    answers[to_alike(caller, offers)] = kept
    cache.put(key, _Variants(offers, answers))


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
