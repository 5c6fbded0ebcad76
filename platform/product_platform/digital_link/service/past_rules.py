"""The rules of a past instant: those of now, with every later change undone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from product_platform.digital_link.models import RuleChange, StoredRule
from product_platform.digital_link.repository import custom_urls, history
from product_platform.digital_link.repository.rules import find_gtins
from product_platform.digital_link.schemas.rules import RuleOut
from product_platform.digital_link.service.scopes import QUALIFIER_SCOPES
from product_platform.kit.db import Connection
from product_platform.kit.ids import from_short, to_short
from rules_compiler.gs1 import slice_key
from rules_compiler.model import Rule, ScopeType, SliceKey


async def rules_at(
    connection: Connection,
    organization: str,
    rules: Sequence[Rule],
    *,
    scopes: Collection[SliceKey],
    at: datetime,
) -> tuple[Rule, ...]:
    """Return *rules* with those of one organization as they were at *at*, within *scopes*.

    The health of their targets is as it is now. A rule of a product that is gone stays away.
    """
    organization_id = from_short(organization)
    known = await history.read_number_at(connection, organization_id, at)
    head = await history.read_newest(connection, organization_id)
    undone = await history.fetch_net_changes(
        connection, organization_id, range(known + 1, head + 1), scope_ids=_scope_ids(scopes)
    )
    if not undone:
        return tuple(rules)
    touched = {to_short(change.rule_id) for change in undone}
    restored = await _restore(connection, organization_id, undone)
    return (
        *(rule for rule in rules if rule.id not in touched),
        *(rule for rule in restored if rule.slice_key in scopes),
    )


async def _restore(connection: Connection, organization_id: UUID, undone: Iterable[RuleChange]) -> list[Rule]:
    states = [read_state(change.before) for change in undone if change.before is not None]
    gtins = await find_gtins(connection, [state.product_id for state in states if state.product_id])
    dead = await custom_urls.fetch_dead(connection, organization_id)
    stored = [_to_stored(state, gtins) for state in states]
    return [rule.to_rule(is_dead=rule.custom_url in dead) for rule in stored if rule is not None]


def read_state(state: Mapping[str, Any]) -> RuleOut:
    """Return a rule as it was shown once, perhaps before rules had all the fields that they have now."""
    return RuleOut.model_validate({**dict.fromkeys(RuleOut.model_fields), **state})


def _to_stored(state: RuleOut, gtins: Mapping[UUID, str]) -> StoredRule | None:
    """Return the row that *state* was shown from, None when its product is gone."""
    key = _key_of(state, None if state.product_id is None else gtins.get(state.product_id))
    return None if key is None else StoredRule(slice_key=key, **dict(state))


def _key_of(state: RuleOut, gtin: str | None) -> SliceKey | None:
    if state.scope_type in QUALIFIER_SCOPES:
        ai = QUALIFIER_SCOPES[state.scope_type]
        return None if gtin is None else slice_key([("01", gtin), (ai, str(state.scope_id))])
    if state.scope_type is ScopeType.ORGANIZATION:
        return f"org/{to_short(state.organization_id)}"
    if state.scope_type is ScopeType.BRAND:
        return f"brand/{state.scope_id}"
    if state.scope_type is ScopeType.PRODUCT:
        return f"01/{state.scope_id}"
    return str(state.scope_id).removeprefix("/")


def _scope_ids(scopes: Iterable[SliceKey]) -> set[str]:
    """Return every `scope_id` that a rule of one of *scopes* may have, and perhaps more."""
    return {name for key in scopes for name in (f"/{key}", unquote(key.rpartition("/")[2]))}
