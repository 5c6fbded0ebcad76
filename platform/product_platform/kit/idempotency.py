"""`Idempotency-Key`: a POST that is sent again is carried out once, and answered as it was.

What was answered is kept in the transaction of the write itself, so that one is never there without
the other. A refusal has changed nothing and is not kept: the same key may be tried again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from typing import Final

from asyncpg import Record
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from product_platform.kit.bodies import read_body, replay_body
from product_platform.kit.db import Connection
from product_platform.kit.errors import ConflictError, Detail, InvalidError
from product_platform.kit.permissions import Principal
from product_platform.kit.services import Services
from product_platform.kit.transactions import TRANSACTION, RequestTransaction

_KEPT_FOR: Final = timedelta(hours=24)
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_FIRST_REFUSAL: Final = 400
# Other headers are of one answer alone.
_KEPT_HEADERS: Final = ("content-type", "content-language", "etag", "location", "signpost-warnings")

_INSERT: Final = """
    WITH expired AS (
        DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM idempotency_keys WHERE created <= $8 LIMIT 100 FOR UPDATE SKIP LOCKED
        ))
    )
    INSERT INTO idempotency_keys (owner_id, key, fingerprint, status, headers, body, created)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (owner_id, key) DO UPDATE SET (fingerprint, status, headers, body, created) =
        (EXCLUDED.fingerprint, EXCLUDED.status, EXCLUDED.headers, EXCLUDED.body, EXCLUDED.created)
"""


class IdempotencyKeyInvalidError(InvalidError):
    """The header is empty, too long, or holds what no header should."""

    def __init__(self) -> None:
        message = "Give 1 to 255 printable ASCII characters without spaces, such as a UUID."
        super().__init__([Detail("header.Idempotency-Key", message, "idempotency_key_invalid")])


class IdempotencyKeyReusedError(InvalidError):
    """The key came with another request before."""

    def __init__(self) -> None:
        message = "Another request has used this key: give each request a key of its own."
        super().__init__([Detail("header.Idempotency-Key", message, "idempotency_key_reused")])


class RequestInProgressError(ConflictError):
    """The first request with this key is not answered yet."""

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key is still in progress. Try again.")


class AnswerNotKeptError(ConflictError):
    """The request was carried out; its answer is one that is shown once."""

    def __init__(self) -> None:
        super().__init__(
            "This was carried out before, and its answer is shown once only. Look at the result."
        )


@dataclass(slots=True)
class _Answer:
    """An answer while it is made: held back until it is whole."""

    start: Message | None = None
    body: bytearray = field(default_factory=bytearray)

    async def hold(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")

    async def send(self, send: Send) -> None:
        if self.start is not None:
            await send(self.start)
            await send({"type": "http.response.body", "body": bytes(self.body)})


class IdempotencyMiddleware:
    """Carry out a POST with an `Idempotency-Key` once, and repeat its answer for a day."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        principal: Principal | None = scope.get("principal")
        key = _read_key(scope)
        if principal is None or key is None:
            await self._app(scope, receive, send)
            return
        body = await read_body(receive)
        keeper = _Keeper(scope, principal, key=key, fingerprint=_fingerprint(scope, body))
        kept = await keeper.find()
        if kept is not None:
            await kept(scope, receive, send)
            return
        answer = _Answer()
        await self._app(scope, replay_body(body, receive), answer.hold)
        await keeper.keep(answer)
        await answer.send(send)


class _Keeper:
    """What is kept of the requests that come with one key."""

    def __init__(self, scope: Scope, principal: Principal, *, key: str, fingerprint: str) -> None:
        services: Services = scope["app"].state.services
        self._transaction: RequestTransaction = scope[TRANSACTION]
        self._owner_id = principal.credential_id
        self._key = key
        self._fingerprint = fingerprint
        self._now = services.clock.now()

    async def find(self) -> Response | None:
        """Return the answer to the first request, None when this is the first; raises ApiError."""
        if not _KEY.fullmatch(self._key):
            raise IdempotencyKeyInvalidError
        connection = await self._transaction.begin()
        if not await self._lock(connection):
            raise RequestInProgressError
        row = await connection.fetchrow(
            "SELECT * FROM idempotency_keys WHERE owner_id = $1 AND key = $2 AND created > $3",
            self._owner_id,
            self._key,
            self._now - _KEPT_FOR,
        )
        if row is None:
            return None
        if row["fingerprint"] != self._fingerprint:
            raise IdempotencyKeyReusedError
        return _to_response(row)

    async def keep(self, answer: _Answer) -> None:
        """Keep a success; one that nobody may store, only that it was there."""
        if answer.start is None or answer.start["status"] >= _FIRST_REFUSAL:
            return
        headers = MutableHeaders(raw=answer.start["headers"])
        is_secret = "no-store" in headers.get("cache-control", "")
        connection = await self._transaction.begin()
        await connection.execute(
            _INSERT,
            self._owner_id,
            self._key,
            self._fingerprint,
            answer.start["status"],
            {name: headers[name] for name in _KEPT_HEADERS if name in headers},
            None if is_secret else bytes(answer.body),
            self._now,
            self._now - _KEPT_FOR,
        )

    async def _lock(self, connection: Connection) -> bool:
        is_ours: bool = await connection.fetchval(
            "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))", f"{self._owner_id} {self._key}"
        )
        return is_ours


def _read_key(scope: Scope) -> str | None:
    """Return the key of a request that has one to heed; as a structured field it stands in quotes."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    key = Headers(scope=scope).get("idempotency-key")
    return None if key is None else key.strip().removeprefix('"').removesuffix('"')


def _fingerprint(scope: Scope, body: bytes) -> str:
    content_type = Headers(scope=scope).get("content-type", "")
    asked = (scope["path"], scope["query_string"].decode("latin-1"), content_type)
    return blake2b("\n".join(asked).encode() + b"\n" + body, digest_size=16).hexdigest()


def _to_response(row: Record) -> Response:
    if row["body"] is None:
        raise AnswerNotKeptError
    headers: Mapping[str, str] = row["headers"]
    return Response(row["body"], row["status"], {**headers, "Idempotency-Replayed": "true"})
