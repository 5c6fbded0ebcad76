"""Issuing, changing and revoking API keys."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from product_platform.account.errors import ExpiryPassedError
from product_platform.account.models import ApiKey
from product_platform.account.repository import api_keys
from product_platform.account.repository.api_keys import OrganizationKeys
from product_platform.account.schemas import ApiKeyCreate, ApiKeyUpdate
from product_platform.account.service.key_format import make_key, to_hash
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.metadata import merge_metadata
from product_platform.kit.pagination import Page, PageQuery
from product_platform.kit.permissions import KeyType, Permission, Principal, Role
from product_platform.kit.quotas import Quotas

_DEFAULTS: dict[str, Any] = {
    "description": "",
    "metadata": {},
    "expires_at": None,
    "rate_limit_per_minute": 0,
    "rate_limit_per_day": 0,
}


class ApiKeys:
    """Issues keys; each is returned once, beside what is known of it, and kept only as a hash."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def issue_to_user(
        self,
        connection: Connection,
        user_id: UUID,
        *,
        name: str,
        role: Role = Role.OWNER,
        quotas: Quotas | None = None,
    ) -> tuple[ApiKey, str]:
        """Issue a key that follows the user through all organizations, with *role* at the most.

        Its *quotas* are those of all keys unless they are given.
        """
        limits = {} if quotas is None else _to_columns(quotas)
        return await self._issue(
            connection,
            key_type=KeyType.USER,
            organization_id=None,
            user_id=user_id,
            name=name,
            role=role,
            **limits,
        )

    async def list_page(
        self,
        connection: Connection,
        query: PageQuery,
        *,
        organization_id: UUID,
        principal: Principal,
        metadata: Mapping[str, str],
    ) -> Page[ApiKey]:
        """Return a page of the organization's keys, newest first."""
        return await OrganizationKeys(connection, principal, organization_id).fetch_page(
            query, metadata=metadata
        )

    async def create(
        self, connection: Connection, organization_id: UUID, *, body: ApiKeyCreate, principal: Principal
    ) -> tuple[ApiKey, str]:
        """Issue a key of an organization."""
        # INVARIANT: whoever may manage keys may do all that a key of any role may do.
        principal.require(Permission.MANAGE_API_KEYS, organization_id)
        role = Role.READONLY if body.key_type is KeyType.PUBLISHABLE else Role(body.role)
        if body.expires_at is not None and body.expires_at <= self._clock.now():
            raise ExpiryPassedError
        values = body.model_dump() | {"role": role, "metadata": merge_metadata({}, body.metadata)}
        return await self._issue(
            connection, organization_id=organization_id, user_id=principal.user_id, **values
        )

    async def update(
        self,
        connection: Connection,
        organization_id: UUID,
        *,
        key_id: UUID,
        body: ApiKeyUpdate,
        principal: Principal,
    ) -> ApiKey:
        """Change what the body sends."""
        keys = OrganizationKeys(connection, principal, organization_id)
        old = await keys.get(key_id)
        changes: dict[str, Any] = body.model_dump(exclude_none=True, exclude={"metadata"})
        if "metadata" in body.model_fields_set:
            changes["metadata"] = merge_metadata(old.metadata, body.metadata)
        new = replace(old, **changes)
        await keys.store(new)
        return new

    async def delete(
        self, connection: Connection, organization_id: UUID, *, key_id: UUID, principal: Principal
    ) -> None:
        """Remove a key, which is worth nothing from the commit on."""
        await OrganizationKeys(connection, principal, organization_id).delete(key_id)

    async def _issue(self, connection: Connection, **values: Any) -> tuple[ApiKey, str]:
        raw_key = make_key(values["key_type"])
        key = ApiKey(
            **_DEFAULTS | values,
            id=uuid4(),
            is_active=True,
            last_used=None,
            created=self._clock.now(),
        )
        await api_keys.insert(connection, key, key_hash=to_hash(raw_key))
        return key, raw_key


def _to_columns(quotas: Quotas) -> dict[str, int]:
    return {"rate_limit_per_minute": quotas.per_minute, "rate_limit_per_day": quotas.per_day}
