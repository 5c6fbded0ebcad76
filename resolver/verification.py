"""Whether a serial number is known to be wrong: the minimal tier, for whoever asks without a key.

A known authentic serial and one that nobody knows are the same miss in the table, and the same
answer. Whoever shows a key asks the api process, which tells more.
"""

import re
import time
import zlib
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_to_bytes

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resolver.answers import ALLOWED_METHODS, Answer, Headers
from resolver.clients import find_address, subscriber_of
from resolver.holder import Holder
from resolver.limits import Limiter, Standing
from resolver.settings import EdgeSettings
from rules_compiler.gs1 import slice_key
from rules_compiler.model import EpochSeconds, SerialState
from rules_compiler.snapshot import SnapshotInvalidError
from rules_compiler.tables import LevelSlice

VERIFY_PATH: Final = "/resolver/api/v1/verify"

_READING_METHODS: Final = frozenset({"GET", "HEAD"})
_BAD_KEY: Final = frozenset({401, 403})

_PATH = re.compile(VERIFY_PATH.encode() + rb"/01/([^/]*)/21/([^/]*)/?")
_GTIN = re.compile(rb"[0-9]{8,14}")
_SERIAL = re.compile(rb"[\x21-\x7e]{1,20}")
_API_KEY = re.compile(rb"(?:csb|csu|cpk)_([A-Za-z0-9]{32})_([0-9a-f]{8})")

_EXPOSED: Final = (
    b"RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
    b"X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After"
)
_COMMON: Final = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", _EXPOSED),
)
_PREFLIGHT: Final = Answer(
    204,
    [
        (b"allow", ALLOWED_METHODS),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-methods", ALLOWED_METHODS),
        (b"access-control-allow-headers", b"*"),
        (b"access-control-max-age", b"86400"),
    ],
)


class _Asked(NamedTuple):
    """The GTIN and the serial of a path, decoded."""

    gtin: bytes
    serial: bytes


def is_well_formed(key: bytes) -> bool:
    """Return whether *key* can be an API key; a typing error almost never is."""
    match = _API_KEY.fullmatch(key)
    return match is not None and b"%08x" % zlib.crc32(match[1]) == match[2]


class Verifier:
    """An ASGI application in front of *api*: it answers the verifications that bring no good key."""

    def __init__(
        self,
        holder: Holder,
        limiter: Limiter,
        settings: EdgeSettings,
        *,
        api: ASGIApp,
        now: Callable[[], EpochSeconds],
    ) -> None:
        self._holder = holder
        self._limiter = limiter
        self._settings = settings
        self._api = api
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a key that the api process refuses is as good as none."""
        match = _PATH.fullmatch(scope["raw_path"])
        if match is None:
            await self._api(scope, receive, send)
            return
        if _shows_key(scope):
            api = _Unless(send, _BAD_KEY)
            await self._api(scope, receive, api.send)
            if not api.is_withheld:
                return
        asked = _Asked(unquote_to_bytes(match[1]), unquote_to_bytes(match[2]))
        answer = await self._answer(scope, asked)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})

    async def _answer(self, scope: Scope, asked: _Asked) -> Answer:
        if scope["method"] not in _READING_METHODS:
            return _PREFLIGHT if scope["method"] == "OPTIONS" else _method_not_allowed()
        if not self._holder.is_loaded:
            return _unavailable("No table is loaded yet.")
        standing = await self._limiter.admit(subscriber_of(find_address(scope, self._settings)))
        limits = self._limit_headers(standing)
        if not standing.is_admitted:
            return _too_many(standing, limits)
        if not _GTIN.fullmatch(asked.gtin):
            return _invalid("path.gtin", "A GTIN has 8 to 14 digits.", code="invalid_gtin", limits=limits)
        if not _SERIAL.fullmatch(asked.serial):
            message = "A serial number has 1 to 20 printable ASCII characters."
            return _invalid("path.serial_number", message, code="invalid_serial", limits=limits)
        return self._tell(asked.gtin.decode(), asked.serial.decode(), limits)

    def _tell(self, gtin: str, serial: str, limits: Headers) -> Answer:
        try:
            return _content(200, self._verify(gtin, serial), limits)
        except SnapshotInvalidError:
            return _unavailable("What is known of this serial number cannot be read at the moment.")

    def _verify(self, gtin: str, serial: str) -> dict[str, Any]:
        # INVARIANT: one look-up, whatever is known; authentic serials have a slice for their rules at most.
        found = self._holder.table.find(slice_key((("01", gtin.zfill(14)), ("21", serial))))
        state = found.state if isinstance(found, LevelSlice) else None
        return {
            "verificationStatus": state or SerialState.AUTHENTIC,
            "gtin": gtin,
            "serialNumber": serial,
            "verifiedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._now())),
            "recommendation": "flag_for_review" if state else "proceed",
        }

    def _limit_headers(self, standing: Standing) -> Headers:
        limit, remaining = b"%d" % self._limiter.limit, b"%d" % standing.remaining
        return [
            (b"ratelimit-policy", b"%d;w=%d" % (self._limiter.limit, self._limiter.window_s)),
            (b"ratelimit-limit", limit),
            (b"ratelimit-remaining", remaining),
            (b"ratelimit-reset", b"%d" % standing.resets_in_s),
            (b"x-ratelimit-limit", limit),
            (b"x-ratelimit-remaining", remaining),
            (b"x-ratelimit-reset", b"%d" % standing.resets_at),
        ]


class _Unless:
    """Passes an answer on, unless its status is among *withheld*."""

    def __init__(self, send: Send, withheld: frozenset[int]) -> None:
        self._send = send
        self._withheld = withheld
        self.is_withheld = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.is_withheld = message["status"] in self._withheld
        if not self.is_withheld:
            await self._send(message)


def _shows_key(scope: Scope) -> bool:
    return any(name == b"x-api-key" and is_well_formed(value) for name, value in scope["headers"])


def _content(status: int, body: dict[str, Any], headers: Headers) -> Answer:
    packed = orjson.dumps(body)
    return Answer(status, [*_COMMON, (b"content-length", b"%d" % len(packed)), *headers], packed)


def _error(status: int, code: str, message: str, headers: Headers, **more: Any) -> Answer:
    body = {"code": code, "message": message, "status": status, "details": None, **more}
    return _content(status, {"error": body}, headers)


def _invalid(field: str, message: str, *, code: str, limits: Headers) -> Answer:
    details = [{"field": field, "message": message, "code": code}]
    return _error(422, "VALIDATION_ERROR", "The request has invalid fields.", limits, details=details)


def _too_many(standing: Standing, limits: Headers) -> Answer:
    wait_s = standing.resets_in_s
    headers = [*limits, (b"retry-after", b"%d" % wait_s)]
    message = "Too many verifications without an API key. Wait, or send a key in X-API-Key."
    return _error(429, "RATE_LIMITED", message, headers, retry_after_seconds=wait_s)


def _unavailable(reason: str) -> Answer:
    message = f"{reason} Try again in a second."
    return _error(503, "SERVICE_UNAVAILABLE", message, [(b"retry-after", b"1")])


def _method_not_allowed() -> Answer:
    message = "A serial number can be verified with GET, HEAD or OPTIONS only."
    return _error(405, "METHOD_NOT_ALLOWED", message, [(b"allow", ALLOWED_METHODS)])
