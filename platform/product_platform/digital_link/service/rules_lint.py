"""Lint rules as they are stored: those of an organization, or what one write has to do with."""

import asyncio
from uuid import UUID

from product_platform.digital_link.models import StoredRule
from product_platform.digital_link.repository.sources import load_rule_set
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Permission, Principal
from rules_compiler.lint import Finding, lint
from rules_compiler.model import Catalogue


class RulesLint:
    """Finds what is strange about rules, in the transaction of the connection that it is given."""

    def __init__(self, clock: Clock, *, base_url: str) -> None:
        self._clock = clock
        self._roots = (base_url,)

    async def lint(
        self, connection: Connection, organization_id: UUID, *, principal: Principal
    ) -> list[Finding]:
        """Return everything that is found in the rules of the organization, errors first."""
        principal.require(Permission.VIEW, organization_id, hidden=True)
        rule_set = await load_rule_set(connection, organization_id)
        return await self._lint(rule_set)

    async def count_warnings(self, connection: Connection, rule: StoredRule) -> int:
        """Return how many findings concern *rule*, as it stands among the rules of its scope."""
        item_key = "/".join(rule.slice_key.split("/")[:2])
        keys = {rule.slice_key, item_key, f"org/{to_short(rule.organization_id)}"}
        rule_set = await load_rule_set(connection, rule.organization_id, keys)
        findings = await self._lint(rule_set)
        return sum(to_short(rule.id) in finding.rule_ids for finding in findings)

    async def _lint(self, rule_set: Catalogue) -> list[Finding]:
        # A large rule set takes seconds, in which the process has other requests to answer.
        return await asyncio.to_thread(lint, rule_set, self._clock.now().timestamp(), roots=self._roots)
