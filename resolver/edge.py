"""The edge as one ASGI callable: identifiers are answered at once, everything else goes its slower way."""

import os
import re
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import TypeAlias

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from resolver import answers, refusals
from resolver.answers import Answer, Parts
from resolver.asked_hosts import AskedHosts
from resolver.callers import caller_of
from resolver.damage import A_FILE, DamagedSliceError
from resolver.description import DESCRIPTION_PATH
from resolver.holder import Holder
from resolver.hosts import Host, Hosts
from resolver.kept_answers import KeptAnswers
from resolver.locations import NOWHERE
from resolver.negotiate import cut
from resolver.plain_redirects import PlainRedirects
from resolver.profiles import PROFILES
from resolver.request import Request, read_request
from resolver.resolve import PAGE_PREFIX, Resolver
from resolver.scans import Sighting
from resolver.settings import EdgeSettings
from resolver.tally import SAMPLED_EVERY, Tally
from rules_compiler.model import EpochSeconds, SliceKey
from rules_compiler.snapshot import SnapshotInvalidError

MAX_URI_BYTES = 8192

# EPC binary in a URI (EPCB 1.0.0): `eh` and hexadecimal digits, or `ex` and base64url.
_EPC_BINARY = re.compile(rb"/e(?:h[0-9a-f]+|x[A-Za-z0-9_-]+)/?")

Mend: TypeAlias = Callable[[SliceKey], Awaitable[bool]]
"""Has a slice mended that cannot be read; returns whether it is worth looking again."""

AnswerTo: TypeAlias = Callable[[Request, Host, EpochSeconds], Answer]

_log = structlog.get_logger()


class Edge:
    """Routes by the raw path: one that begins with a digit is an identifier, and so is an EPC.

    The cold routes find the host of a request in its scope. A host that an organization has bound
    answers identifiers and describes itself; nothing else of this service is reached there.
    """

    def __init__(
        self,
        settings: EdgeSettings,
        holder: Holder,
        cold: ASGIApp,
        *,
        now: Callable[[], EpochSeconds],
        record: Callable[[Sighting], None],
        mend: Mend,
    ) -> None:
        self._settings = settings
        self._holder = holder
        self._resolver = Resolver(holder, settings)
        profile = PROFILES[settings.resolution_profile]
        self._asked_hosts = AskedHosts(holder, Hosts(holder, settings), profile)
        self._kept = KeptAnswers(holder, profile)
        self._plain = PlainRedirects(holder, profile, self._kept)
        # What another resolver handles takes longer to tell than to find.
        self._has_plain = profile.has_default_sets and not settings.delegations
        self._cold = cold
        self._now = now
        self._record = record
        self._mend = mend
        # Where nobody speaks for a client, what a request says of its host and place needs no reading.
        self._is_plain = not settings.trusted_proxies and not settings.tells_places
        self.tally = Tally()
        self.failures = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for an identifier without waiting for anything but *send*."""
        if scope["type"] != "http":
            await self._cold(scope, receive, send)
            return
        tally = self.tally
        tally.requests += 1
        began = None if tally.requests % SAMPLED_EVERY else perf_counter()
        at, headers = self._now(), dict(scope["headers"])
        found = self._find(scope, headers, at) if self._is_simple(scope, headers) else None
        if found is not None:
            status, fields, body, key, subject = found
            if subject is not None:
                self._record((at, key, subject, headers.get(b"user-agent", b""), None))
            else:
                tally.note_status(status)
        else:
            try:
                answer = self._answer(scope, at)
            except DamagedSliceError as damage:
                answer = await self._answer_when_mended(scope, damage)
            if answer is None:
                await self._cold(scope, receive, send)
                return
            status, fields, body, *_ = answer
            if scope["method"] == "HEAD":
                body = b""
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": body})
        if began is not None:
            tally.note_latency(perf_counter() - began)

    async def _answer_when_mended(self, scope: Scope, damage: DamagedSliceError) -> Answer | None:
        """Return the answer once what it needs can be read, or a refusal: nobody knows what it would be."""
        while await self._mend(damage.key):
            try:
                return self._answer(scope, self._now())
            except DamagedSliceError as another:
                damage = another
        self.tally.note_status(503)
        if not self._holder.is_loaded:
            return _unavailable("No table is loaded yet.")
        return _unavailable("What this identifier leads to cannot be read at the moment.")

    def _is_simple(self, scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
        """Return whether a request asks for nothing but the answer itself, and can be read as it stands."""
        return (
            self._is_plain
            and scope["method"] == "GET"
            and len(headers) == len(scope["headers"])
            and b"if-none-match" not in headers
            and b"signpost-debug" not in headers
        )

    def _find(self, scope: Scope, headers: Mapping[bytes, bytes], at: EpochSeconds) -> Parts | None:
        """Return the answer, where one is kept or little has to be looked at for it."""
        accept = cut(headers.get(b"accept", b""))
        form = self._asked_hosts.form_of(accept)
        caller = (accept, cut(headers.get(b"accept-language", b"")), NOWHERE)
        path, query = scope["raw_path"], scope["query_string"]
        target = b"%b?%b" % (path, query) if query else path
        try:
            asked = self._asked_hosts.find(headers.get(b"host", b""), at)
            kept = self._kept.find(asked, form, target, path, caller, at)
            if kept is not None:
                self.tally.kept += 1
                return kept
            if self._has_plain and form.is_redirect and not query:
                return self._plain.find(asked, form, path, caller, at)
        except SnapshotInvalidError:
            pass  # whoever reads the damaged slice again tells of it
        return None

    def _answer(self, scope: Scope, at: EpochSeconds) -> Answer | None:
        """Return the answer to a request, or None when it is for the cold routes."""
        request = read_request(scope, self._settings)
        number = self._holder.number
        try:
            answer = self._find_again(request, at) or self._answer_anew(request, scope, at)
        except DamagedSliceError:
            raise
        except Exception:  # noqa: BLE001 - the edge of a request: whatever it was, others are answered
            self.failures += 1
            _log.exception("a request failed", path=request.raw_path)
            return answers.error(500, "INTERNAL_ERROR", "Something went wrong on our side.")
        if answer is None:
            return None
        if answer.subject is not None and request.method == "GET":
            self._record((at, answer.key, answer.subject, request.user_agent, request.location.country))
        else:
            self.tally.note_status(answer.status)
        if request.debug == b"table":
            answer.headers.append((b"signpost-table", b"%d" % number))
            answer.headers.append((b"signpost-worker", b"%d" % os.getpid()))
        return answer

    def _find_again(self, request: Request, at: EpochSeconds) -> Answer | None:
        """Return an answer that is kept, where a request has to be read to find it."""
        if self._is_plain or not request.is_plain:
            return None
        asked, form = self._asked_hosts.find(request.root, at), self._asked_hosts.form_of(request.accept)
        kept = self._kept.find(asked, form, request.target, request.raw_path, caller_of(request), at)
        if kept is None:
            return None
        self.tally.kept += 1
        return Answer(*kept)

    def _answer_anew(self, request: Request, scope: Scope, at: EpochSeconds) -> Answer | None:
        asked = self._asked_hosts.find(request.root, at)
        host = scope["host"] = asked.host
        answer = self._answer_at(host, request, at)
        if answer is not None and answer.basis is not None and request.is_plain:
            form = self._asked_hosts.form_of(request.accept)
            self._kept.keep(asked, form, request, answer, answer.basis)
        return answer

    def _answer_at(self, host: Host, request: Request, at: EpochSeconds) -> Answer | None:
        path = request.raw_path
        is_below_root = path.startswith(host.root_path + b"/")
        if host.root_path and is_below_root:
            request = request._replace(raw_path=path[len(host.root_path) :])
        answer_to = self._route(request.raw_path) if is_below_root else None
        if answer_to is None:
            is_elsewhere = host.organization_id is None or path == DESCRIPTION_PATH
            return None if is_elsewhere else refusals.nothing_here(request)
        if not self._holder.is_loaded:
            raise DamagedSliceError(A_FILE)  # another worker of this host may have one already
        if len(path) + len(request.raw_query) > MAX_URI_BYTES:
            return answers.error(414, "URI_TOO_LONG", f"An identifier takes at most {MAX_URI_BYTES} bytes.")
        return answer_to(request, host, at)

    def _route(self, path: bytes) -> AnswerTo | None:
        if path[1:2].isdigit() or _EPC_BINARY.fullmatch(path):
            return self._resolver.answer
        if path.startswith(PAGE_PREFIX) and path[2:3] == b"/" and path[3:4].isdigit():
            return self._resolver.answer_page
        return None


def _unavailable(reason: str) -> Answer:
    answer = answers.error(503, "SERVICE_UNAVAILABLE", f"{reason} Try again in a second.")
    answer.headers.append((b"retry-after", b"1"))
    return answer
