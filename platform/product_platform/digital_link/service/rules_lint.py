"""Lint rules as they are stored: those of an organization, or what one write has to do with."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final
from uuid import UUID

from product_platform.digital_link.models import StoredRule
from product_platform.digital_link.repository.sources import (
    load_products,
    load_wide_rules,
    stream_item_rules,
)
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Permission, Principal
from rules_compiler.lint import Finding, Severity, lint
from rules_compiler.model import Catalogue, Rule, SliceKey

MOST_FINDINGS: Final = 1_000
_RULES_AT_ONCE: Final = 5_000  # what is in memory, however large a rule set is


class RulesLint:
    """Finds what is strange about rules, in the transaction of the connection that it is given."""

    def __init__(self, clock: Clock, *, base_url: str) -> None:
        self._clock = clock
        self._roots = (base_url,)

    async def lint(
        self, connection: Connection, organization_id: UUID, *, principal: Principal
    ) -> list[Finding]:
        """Return what is found in the rules of the organization, up to MOST_FINDINGS, errors first."""
        principal.require(Permission.VIEW, organization_id, hidden=True)
        wide = await load_wide_rules(connection, organization_id)
        findings = await self._lint(wide)
        async for part in _batches(stream_item_rules(connection, organization_id)):
            if len(findings) >= MOST_FINDINGS:
                break
            found = await self._lint(
                replace(
                    wide,
                    items=await load_products(connection, part.keys()),
                    rules=(*wide.rules, *(rule for rules in part.values() for rule in rules)),
                )
            )
            own = {rule.id for rules in part.values() for rule in rules}
            findings += [finding for finding in found if finding.rule_ids[0] in own]
        return sorted(findings, key=lambda finding: finding.severity is Severity.WARNING)[:MOST_FINDINGS]

    async def count_warnings(self, connection: Connection, rule: StoredRule) -> int:
        """Return how many findings concern *rule*, as it stands among the rules of its scope."""
        item_key = "/".join(rule.slice_key.split("/")[:2])
        rule_set = await load_wide_rules(connection, rule.organization_id, {rule.slice_key, item_key})
        findings = await self._lint(rule_set)
        return sum(to_short(rule.id) in finding.rule_ids for finding in findings)

    async def _lint(self, rule_set: Catalogue) -> list[Finding]:
        # A large rule set takes seconds, in which the process has other requests to answer.
        return await asyncio.to_thread(lint, rule_set, self._clock.now().timestamp(), roots=self._roots)


async def _batches(rules: AsyncIterator[tuple[SliceKey, Rule]]) -> AsyncIterator[dict[SliceKey, list[Rule]]]:
    """Yield the rules by item, some thousand at a time; those of one item stay together."""
    batch: dict[SliceKey, list[Rule]] = {}
    size = 0
    async for item_key, rule in rules:
        if size >= _RULES_AT_ONCE and item_key not in batch:
            yield batch
            batch, size = {}, 0
        batch.setdefault(item_key, []).append(rule)
        size += 1
    if batch:
        yield batch
