"""Write one rule: check it whole, store it with its target and its lot or serial, tell the edges."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from product_platform.digital_link.models import StoredRule
from product_platform.digital_link.repository import rules as repository
from product_platform.digital_link.repository.custom_urls import delete_unused
from product_platform.digital_link.schemas.rules import RuleCreate, RuleOut, RulePatch
from product_platform.digital_link.service.custom_urls import CustomUrls
from product_platform.digital_link.service.fields import field_root, read_fields
from product_platform.digital_link.service.rule_draft import DEFAULTS, find_defects, normalize
from product_platform.digital_link.service.scopes import (
    NO_SCOPE,
    QUALIFIER_SCOPES,
    Scope,
    ScopeInvalidError,
    Scopes,
)
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.errors import Detail, InvalidError
from product_platform.kit.ids import to_short
from product_platform.kit.metadata import merge_metadata
from product_platform.kit.outbox import record_changes
from rules_compiler.model import ScopeType, SliceKey

_SCOPE_FIELDS: Final = ("scope_type", "scope_id", "product_id")
_NEVER_WRITTEN: Final = {"id", "organization_id", "created", "modified"}


class RuleWriter:
    """Stores rules, in the transaction of the connection that it is given.

    Permissions, the lock of the rule set and its history are the caller's business.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._scopes = Scopes(clock)
        self._custom_urls = CustomUrls(clock)

    async def create(
        self, connection: Connection, organization_id: UUID, *, rule_id: UUID, body: Mapping[str, Any]
    ) -> StoredRule:
        """Store a new rule, last in its scope unless *body* says where."""
        rule, scope = await self._draft(connection, organization_id, rule_id=rule_id, body=body)
        is_placed = "order_index" in body
        if not is_placed:
            place = await repository.next_order_index(connection, organization_id, rule.slice_key)
            rule = replace(rule, order_index=place)
        await self._scopes.register(connection, organization_id, scope)
        await repository.insert(connection, rule)
        if is_placed:
            await repository.check_places(connection, organization_id, [rule])
        await self._follow(connection, None, rule)
        return rule

    async def change(
        self, connection: Connection, stored: StoredRule, *, body: Mapping[str, Any]
    ) -> StoredRule:
        """Store *stored* with the keys of *body* changed; the same rule when they change nothing."""
        sent, details = read_fields(RulePatch, RulePatch, body)
        values = normalize(sent)
        scope: Scope | None = None
        if any(field in body for field in _SCOPE_FIELDS):
            wanted = _scope_fields(stored, values)
            scope = await self._identify(connection, stored.organization_id, wanted, details)
            values |= scope.to_columns()
        if "metadata" in values:
            values["metadata"] = _merge_metadata(stored.metadata, values["metadata"], details)
        rule = replace(stored, **values)
        refuse_if_wrong([*details, *find_defects(rule, details)], body)
        if rule == stored:
            return stored
        rule = replace(rule, modified=self._clock.now())
        if scope is not None:
            await self._scopes.register(connection, stored.organization_id, scope)
        await repository.update(connection, rule)
        await repository.check_places(connection, stored.organization_id, [rule])
        await self._follow(connection, stored, rule)
        return rule

    async def restore(
        self, connection: Connection, stored: StoredRule | None, *, past: RuleOut
    ) -> StoredRule:
        """Store a rule as it was once, in place of what is stored of it; what it says is checked anew.

        Whether its place is free, `check_places` tells.
        """
        body = past.model_dump(mode="json", exclude=_NEVER_WRITTEN)
        rule, scope = await self._draft(connection, past.organization_id, rule_id=past.id, body=body)
        rule = replace(rule, created=past.created)
        await self._scopes.register(connection, past.organization_id, scope)
        if stored is None:
            await repository.insert(connection, rule)
        else:
            await repository.update(connection, rule)
        await self._follow(connection, stored, rule)
        return rule

    async def delete(self, connection: Connection, stored: StoredRule) -> None:
        """Delete a rule."""
        await repository.delete(connection, stored.id)
        await self._follow(connection, stored, None)

    async def reorder(
        self, connection: Connection, organization_id: UUID, moved: Sequence[StoredRule]
    ) -> None:
        """Store the places of rules, all at once; raises OrderTakenError."""
        await repository.reorder(connection, moved)
        await repository.check_places(connection, organization_id, moved)
        await record_changes(connection, _changed_slices(moved), organization_id)

    async def _draft(
        self, connection: Connection, organization_id: UUID, *, rule_id: UUID, body: Mapping[str, Any]
    ) -> tuple[StoredRule, Scope]:
        """Return the rule that *body* says, and its scope; raises InvalidError with all that is wrong."""
        sent, details = read_fields(RuleCreate, RulePatch, body)
        values = normalize(sent)
        scope = await self._identify(connection, organization_id, values, details)
        metadata = _merge_metadata({}, values.pop("metadata", None), details)
        at = self._clock.now()
        rule = StoredRule(
            id=rule_id,
            organization_id=organization_id,
            created=at,
            modified=at,
            metadata=metadata,
            **{**DEFAULTS, **values, **scope.to_columns()},
        )
        refuse_if_wrong([*details, *find_defects(rule, details)], body)
        return rule, scope

    async def _identify(
        self,
        connection: Connection,
        organization_id: UUID,
        wanted: Mapping[str, Any],
        details: list[Detail],
    ) -> Scope:
        """Return the wanted scope, or none after adding to *details* why there is none."""
        if any(field_root(detail) in _SCOPE_FIELDS for detail in details):
            return NO_SCOPE
        try:
            return await self._scopes.identify(
                connection,
                organization_id,
                scope_type=ScopeType(wanted["scope_type"]),
                scope_id=wanted.get("scope_id"),
                product_id=wanted.get("product_id"),
            )
        except ScopeInvalidError as error:
            details.append(error.detail)
            return NO_SCOPE

    async def _follow(self, connection: Connection, old: StoredRule | None, new: StoredRule | None) -> None:
        """Bring the catalogue of targets and the edges up to date with a stored change."""
        organization_id = (new or old).organization_id  # type: ignore[union-attr]  # one of them is there
        if new and new.custom_url:
            await self._custom_urls.ensure(connection, organization_id, new.custom_url, made_by_rule=True)
        if old and old.custom_url and (new is None or new.custom_url != old.custom_url):
            await delete_unused(connection, organization_id, old.custom_url)
        await record_changes(connection, _changed_slices(filter(None, (old, new))), organization_id)


def refuse_if_wrong(details: Sequence[Detail], body: Mapping[str, Any] | None = None) -> None:
    """Raise InvalidError with all *details*, in the order of the fields in *body*."""
    if not details:
        return
    places = {name: place for place, name in enumerate(body or {})}
    raise InvalidError(sorted(details, key=lambda detail: places.get(field_root(detail), len(places))))


def _scope_fields(stored: StoredRule, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what would identify the scope of *stored* after a change to *values*.

    The product follows from the scope_id, and is not kept, unless that is a mere qualifier of it.
    """
    scope_type = ScopeType(values.get("scope_type", stored.scope_type))
    product_id = stored.product_id if scope_type in QUALIFIER_SCOPES else None
    kept = {
        "scope_type": scope_type,
        "scope_id": stored.scope_id,
        "product_id": None if product_id is None else to_short(product_id),
    }
    return kept | {name: values[name] for name in _SCOPE_FIELDS if name in values}


def _merge_metadata(
    old: Mapping[str, str], sent: Mapping[str, str] | None, details: list[Detail]
) -> dict[str, str]:
    try:
        return merge_metadata(old, sent)
    except InvalidError as error:
        details.extend(error.details or ())
        return {}


def _changed_slices(rules: Iterable[StoredRule]) -> list[SliceKey]:
    """Return the slices of *rules*, and of their items, which tell whether there is more below them."""
    keys = [rule.slice_key for rule in rules]
    return [*keys, *("/".join(key.split("/")[:2]) for key in keys if key.count("/") > 1)]
