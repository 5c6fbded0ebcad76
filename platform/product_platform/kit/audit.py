"""The audit log: who wrote what, noted in the very transaction of the write.

No domain does anything for it. Whatever a request of the API commits, in its own transaction or in
another, ends with an entry for each organization in which it used a permission.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.types import Scope

from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection, before_commit
from product_platform.kit.operations import find_operation
from product_platform.kit.permissions import Principal

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# A transaction that has written nothing has no number, and leaves no entry.
_INSERT = """
    INSERT INTO audit_log (at, organization_id, user_id, key_id, action, method, path, request_id)
    SELECT $1, organization_id, $3, $4, $5, $6, $7, $8 FROM unnest($2::uuid[]) AS acted (organization_id)
    WHERE pg_current_xact_id_if_assigned() IS NOT NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One write by one request: `action` names the operation, `path` is as it was sent.

    `user_id` is None for a stranger, `key_id` for a session. The organization, too, may be none.
    """

    id: int
    at: datetime
    organization_id: UUID | None
    user_id: UUID | None
    key_id: UUID | None
    action: str
    method: str
    path: str
    request_id: str


@contextmanager
def note_writes_of(scope: Scope, clock: Clock) -> Iterator[None]:
    """Let every transaction inside note that it was this request that wrote."""
    if scope["method"] in _SAFE_METHODS:
        yield
        return

    async def note(connection: Connection) -> None:
        await _insert(connection, scope, at=clock.now())

    token = before_commit.set(note)
    try:
        yield
    finally:
        before_commit.reset(token)


async def _insert(connection: Connection, scope: Scope, *, at: datetime) -> None:
    principal: Principal | None = scope.get("principal")
    operation = find_operation(scope)
    organizations = list(dict.fromkeys(principal.acted_in)) if principal is not None else []
    await connection.execute(
        _INSERT,
        at,
        organizations or [None],
        principal and principal.user_id,
        principal and principal.key_id,
        operation.name if operation else "",
        scope["method"],
        scope["raw_path"].decode("ascii", "replace"),
        scope.get("request_id", ""),
    )
