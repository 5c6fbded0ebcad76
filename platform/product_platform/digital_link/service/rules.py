"""Read and write resolution rules: every write is checked whole, versioned and published."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias
from uuid import UUID, uuid4

from product_platform.digital_link.errors import RuleNotFoundError
from product_platform.digital_link.models import RuleChange, RuleVersion, StoredRule, share_a_place
from product_platform.digital_link.repository import history
from product_platform.digital_link.repository import rules as repository
from product_platform.digital_link.schemas.rules import RuleFilters, RuleOrder
from product_platform.digital_link.service.rule_writer import RuleWriter, refuse_if_wrong
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.errors import Detail
from product_platform.kit.pagination import Page, PageQuery
from product_platform.kit.permissions import Permission, Principal
from rules_compiler.model import ScopeType, SliceKey

_RANKS = {scope_type: rank for rank, scope_type in enumerate(ScopeType)}


RequireEtag: TypeAlias = Callable[[str], None]
"""Raises when what has this entity tag is not what the author of a change has read."""


def require_nothing(_etag: str) -> None:
    """Let a change happen whatever is there."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes rules, and why."""

    principal: Principal
    note: str = ""


class Rules:
    """Resolution rules of organizations, in the transaction of the connection that it is given.

    Whoever lacks a permission hears that there is no such organization, or no such rule.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._writer = RuleWriter(clock)

    async def list_rules(
        self,
        connection: Connection,
        organization_id: UUID,
        query: PageQuery,
        *,
        principal: Principal,
        filters: RuleFilters,
    ) -> Page[StoredRule]:
        """Return a page of the organization's rules in the order of evaluation."""
        principal.require(Permission.VIEW, organization_id, hidden=True)
        return await repository.fetch_list(connection, organization_id, query, filters=filters)

    async def read_etag(self, connection: Connection, organization_id: UUID, *, principal: Principal) -> str:
        """Return the entity tag of the organization's whole rule set: the number of its version."""
        principal.require(Permission.VIEW, organization_id, hidden=True)
        return f'"{await history.read_newest(connection, organization_id)}"'

    async def get(self, connection: Connection, rule_id: UUID, *, principal: Principal) -> StoredRule:
        """Return one rule; raises RuleNotFoundError."""
        return await _get(connection, rule_id, principal, Permission.VIEW)

    async def create(
        self, connection: Connection, organization_id: UUID, *, body: Mapping[str, Any], author: Author
    ) -> StoredRule:
        """Store a new rule; raises InvalidError with everything that is wrong, and OrderTakenError."""
        author.principal.require(Permission.CHANGE_RULES, organization_id, hidden=True)
        await repository.lock_rule_set(connection, organization_id)
        rule = await self._writer.create(connection, organization_id, rule_id=uuid4(), body=body)
        await self.record(connection, organization_id, [RuleChange.of(None, rule)], author=author)
        return rule

    async def put(
        self, connection: Connection, organization_id: UUID, *, rule_id: UUID, body: Mapping[str, Any]
    ) -> RuleChange | None:
        """Make the rule with this id what *body* says, and return the change, None if there is none.

        This is for bulk loads, which lock the rule set, and record one version for many changes.
        """
        stored = await repository.find(connection, rule_id, [organization_id])
        if stored is None:
            rule = await self._writer.create(connection, organization_id, rule_id=rule_id, body=body)
        else:
            rule = await self._writer.change(connection, stored, body=body)
        return None if rule == stored else RuleChange.of(stored, rule)

    async def remove(self, connection: Connection, rule: StoredRule) -> RuleChange:
        """Delete a rule, and return the change, which is recorded as for `put`."""
        await self._writer.delete(connection, rule)
        return RuleChange.of(rule, None)

    async def patch(
        self,
        connection: Connection,
        rule_id: UUID,
        *,
        body: Mapping[str, Any],
        author: Author,
        require: RequireEtag = require_nothing,
    ) -> StoredRule:
        """Change a rule; what results is checked whole, as if it were new."""
        stored = await self._lock(connection, rule_id, author.principal)
        require(stored.etag)
        rule = await self._writer.change(connection, stored, body=body)
        if rule != stored:
            await self.record(connection, rule.organization_id, [RuleChange.of(stored, rule)], author=author)
        return rule

    async def delete(
        self,
        connection: Connection,
        rule_id: UUID,
        *,
        author: Author,
        require: RequireEtag = require_nothing,
    ) -> None:
        """Delete a rule, and what is known of its target when no other rule leads there."""
        stored = await self._lock(connection, rule_id, author.principal)
        require(stored.etag)
        await self._writer.delete(connection, stored)
        await self.record(connection, stored.organization_id, [RuleChange.of(stored, None)], author=author)

    async def reorder(
        self,
        connection: Connection,
        organization_id: UUID,
        *,
        orders: Sequence[RuleOrder],
        author: Author,
        require: RequireEtag = require_nothing,
    ) -> list[StoredRule]:
        """Give rules new places, all at once, and return them in their new order of evaluation."""
        author.principal.require(Permission.CHANGE_RULES, organization_id, hidden=True)
        refuse_if_wrong(_find_repeated_rules(orders))
        await repository.lock_rule_set(connection, organization_id)
        require(await self.read_etag(connection, organization_id, principal=author.principal))
        stored = await repository.fetch_many(connection, organization_id, [order.id for order in orders])
        for order in orders:
            if order.id not in stored:
                raise RuleNotFoundError(order.id)
        refuse_if_wrong(_find_repeated_places(orders, stored))
        placed = {order.id: replace(stored[order.id], order_index=order.order_index) for order in orders}
        moved = [
            replace(rule, modified=self._clock.now()) for rule in placed.values() if rule != stored[rule.id]
        ]
        if moved:
            await self._writer.reorder(connection, organization_id, moved)
            changes = [RuleChange.of(stored[rule.id], rule) for rule in moved]
            await self.record(connection, organization_id, changes, author=author)
        return sorted((placed | {rule.id: rule for rule in moved}).values(), key=_evaluation_order)

    async def record(
        self, connection: Connection, organization_id: UUID, changes: Sequence[RuleChange], *, author: Author
    ) -> None:
        """Store the next version of the rule set, which the caller has locked."""
        await history.add_version(
            connection,
            organization_id,
            changes,
            author_id=author.principal.user_id,
            note=author.note,
            at=self._clock.now(),
        )

    async def list_versions(
        self, connection: Connection, organization_id: UUID, query: PageQuery, *, principal: Principal
    ) -> Page[RuleVersion]:
        """Return a page of the versions of the organization's rule set, newest first."""
        principal.require(Permission.VIEW, organization_id, hidden=True)
        return await history.fetch_versions(connection, organization_id, query)

    async def list_versions_of_rule(
        self, connection: Connection, rule_id: UUID, query: PageQuery, *, principal: Principal
    ) -> Page[RuleVersion]:
        """Return a page of the versions that changed one rule, which may be deleted, newest first."""
        organizations = _organizations(principal, Permission.VIEW)
        page = await history.fetch_versions_of_rule(connection, rule_id, organizations, query)
        if page.pagination.total_count == 0:
            raise RuleNotFoundError(rule_id)
        return page

    async def _lock(self, connection: Connection, rule_id: UUID, principal: Principal) -> StoredRule:
        """Return a rule that the caller may change, and let nobody else change its rule set."""
        rule = await _get(connection, rule_id, principal, Permission.CHANGE_RULES)
        await repository.lock_rule_set(connection, rule.organization_id)
        return await _get(connection, rule_id, principal, Permission.CHANGE_RULES)


def _organizations(principal: Principal, permission: Permission) -> list[UUID]:
    return [one for one in principal.organizations if principal.can(permission, one)]


async def _get(
    connection: Connection, rule_id: UUID, principal: Principal, permission: Permission
) -> StoredRule:
    rule = await repository.find(connection, rule_id, _organizations(principal, permission))
    if rule is None:
        raise RuleNotFoundError(rule_id)
    return rule


def _find_repeated_rules(orders: Sequence[RuleOrder]) -> list[Detail]:
    seen: set[UUID] = set()
    repeated = []
    for at, order in enumerate(orders):
        if order.id in seen:
            message = "This rule stands in the list already."
            repeated.append(Detail(f"rules[{at}].id", message, "repeated_rule"))
        seen.add(order.id)
    return repeated


def _find_repeated_places(orders: Sequence[RuleOrder], stored: Mapping[UUID, StoredRule]) -> list[Detail]:
    message = "Another rule of the same scope has this place in the list already."
    taken: dict[tuple[SliceKey, int], StoredRule] = {}
    repeated = []
    for at, order in enumerate(orders):
        rule = stored[order.id]
        other = taken.setdefault((rule.slice_key, order.order_index), rule)
        if other is not rule and not share_a_place(other, rule):
            repeated.append(Detail(f"rules[{at}].order_index", message, "repeated_order_index"))
    return repeated


def _evaluation_order(rule: StoredRule) -> tuple[int, str, SliceKey, int]:
    return _RANKS[ScopeType(rule.scope_type)], rule.scope_id or "", rule.slice_key, rule.order_index
