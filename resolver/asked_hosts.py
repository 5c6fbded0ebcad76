"""Hosts and forms as requests name them, so that none is worked out twice: by authority, and by `Accept`."""

from itertools import count
from typing import NamedTuple

from resolver.grounds import Term
from resolver.holder import Holder
from resolver.hosts import Host, Hosts, host_key
from resolver.negotiate import Representation, choose_representation, parse_accept, wants_page
from resolver.profiles import Profile
from rules_compiler.model import EpochSeconds

_MAX_HOSTS = 2_048
_MAX_FORMS = 512
# A name in the DNS has 253 characters at most; before it may stand a scheme, behind it a port.
_MAX_ROOT_BYTES = 270


class Form(NamedTuple):
    """The form that an `Accept` asks for, by what the keys of kept answers have in common.

    A redirect is the same whether or not the caller would rather see a page than a linkset:
    `redirects` stands in the keys of all of them, `own` in those of answers in exactly this form.
    """

    own: bytes
    redirects: bytes
    is_redirect: bool


class AskedHost:
    """A host as requests name it, for as long as what is said of it is the same.

    `mark` begins the keys of all answers that are kept for it, `link_start` the `Link` of a redirect,
    before the path; `key_start` is where in a path the identifier begins.
    """

    __slots__ = ("host", "key_start", "link_start", "mark", "root", "term")

    def __init__(self, host: Host, term: Term, mark: bytes) -> None:
        self.host = host
        self.term = term
        self.mark = mark
        self.root = host.root.encode()
        self.link_start = b"<" + self.root.removesuffix(host.root_path)
        self.key_start = len(host.root_path) + 1

    def below_root(self, raw_path: bytes) -> bytes:
        """Return *raw_path* as it is below the root of the host; empty when it is not below it."""
        root_path = self.host.root_path
        return raw_path[len(root_path) :] if raw_path.startswith(root_path) else b""

    def is_foreign_to(self, organization_id: str) -> bool:
        """Return whether the host answers nothing that is owned by *organization_id*."""
        bound_by = self.host.organization_id
        return bound_by is not None and bound_by != organization_id


class AskedHosts:
    """Tells of hosts and forms what is needed of them for answers of whatever kind."""

    def __init__(self, holder: Holder, hosts: Hosts, profile: Profile) -> None:
        self._holder = holder
        self._hosts = hosts
        self._unspecific = profile.unspecific
        self._known: dict[bytes, AskedHost] = {}
        self._forms: dict[bytes, Form] = {}
        self._bound_marks: dict[str, tuple[Term, bytes]] = {}
        self._numbers = count()

    def find(self, root: bytes, at: EpochSeconds) -> AskedHost:
        """Return the host that requests call *root*: an authority, behind a scheme where that is known."""
        asked = self._known.get(root)
        if asked is None or not asked.term.holds_at(at):
            if len(self._known) >= _MAX_HOSTS:
                self._known.clear()
            scheme, _, authority = root.rpartition(b"://")
            host = self._hosts.host_of(authority, scheme)
            term = self._holder.stand_on(host_key(authority))
            asked = AskedHost(host, term, self._mark_of(host, term))
            if len(root) <= _MAX_ROOT_BYTES:
                self._known[root] = asked
        return asked

    def form_of(self, accept: bytes) -> Form:
        """Return the form that a header asks for, of which `cut` has left what is read."""
        form = self._forms.get(accept)
        if form is None:
            if len(self._forms) >= _MAX_FORMS:
                self._forms.clear()
            form = self._forms[accept] = self._read_form(accept)
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

    def _read_form(self, header: bytes) -> Form:
        accept = parse_accept(header)
        representation = choose_representation(accept, self._unspecific)
        own = b"%d%d " % (representation.value, wants_page(accept))
        is_redirect = representation is Representation.REDIRECT
        return Form(own, b"> " if is_redirect else own, is_redirect)
