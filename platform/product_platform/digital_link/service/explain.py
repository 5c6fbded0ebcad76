"""Tell what the edge would answer to a request, and why: the edge's own answer beside the reasons."""

from dataclasses import replace
from typing import Any, TypeAlias
from uuid import UUID

from product_platform.digital_link.ports import Edge, Question, find_hosts
from product_platform.digital_link.service.explanations import Explanations
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Permission, Principal
from rules_compiler.explain import Explanation, Reason, explain
from rules_compiler.gs1 import DigitalLinkError
from rules_compiler.model import Query

Report: TypeAlias = dict[str, Any]
"""One answer as JSON: of the command as of the API."""


class Explainer:
    """Explains requests, in the transaction of the connection that it is given."""

    def __init__(self, edge: Edge, explanations: Explanations) -> None:
        self._edge = edge
        self._explanations = explanations

    async def explain(self, connection: Connection, question: Question) -> Report:
        """Return the answer to *question*, and how each rule fares that could govern it.

        A URI that is no identifier is answered too: its report has an `error` and no rules.
        """
        try:
            query = self._edge.read(question)
        except DigitalLinkError as error:
            return _to_refusal(question, error)
        return (await self._explain(connection, question, query))[0]

    async def explain_to(
        self,
        connection: Connection,
        organization_id: UUID,
        question: Question,
        *,
        principal: Principal,
        clock: Clock,
    ) -> Report:
        """Return what `explain` returns, to somebody of the organization.

        Of an identifier that follows another organization's rules they hear what anybody could
        find out by asking now: the status and the outcome, neither the rules nor other times.
        """
        principal.require(Permission.VIEW, organization_id, hidden=True)
        try:
            query = self._edge.read(question)
        except DigitalLinkError as error:
            return _to_refusal(question, error)
        report, explanation = await self._explain(connection, question, query)
        owner = to_short(organization_id)
        if all(reason.rule.organization_id == owner for reason in explanation.reasons):
            return report
        present = replace(question, at=clock.now())
        report, _ = await self._explain(connection, present, self._edge.read(present))
        return report | {"location": None, "winner": None, "choices": [], "rules": []}

    async def _explain(
        self, connection: Connection, question: Question, query: Query
    ) -> tuple[Report, Explanation]:
        hosts = find_hosts(self._edge, [question])
        catalogue, head = await self._explanations.load(connection, query.ais, at=question.at, hosts=hosts)
        explanation = explain(self._edge.narrow(question, catalogue), query)
        answer = self._edge.answer(question, catalogue)
        outcome = {"table": head, "status": answer.status, "location": answer.location}
        return _to_report(question, explanation) | outcome, explanation


def _to_refusal(question: Question, error: DigitalLinkError) -> Report:
    problem = {"code": error.code, "position": error.position, "message": error.message}
    return {"uri": question.uri, "status": 400, "location": None, "winner": None, "error": problem}


def _to_report(question: Question, explanation: Explanation) -> Report:
    winner = explanation.decision.rule_id
    return {
        "uri": question.uri,
        "at": question.at.isoformat().replace("+00:00", "Z"),
        "key": explanation.key,
        "outcome": explanation.decision.outcome,
        "winner": {"rule_id": winner} if winner else None,
        "choices": list(explanation.decision.choices),
        "rules": [_to_row(reason) for reason in explanation.reasons],
        "error": None,
    }


def _to_row(reason: Reason) -> Report:
    rule = reason.rule
    return {
        "rule_id": rule.id,
        "scope_type": rule.scope_type,
        "order_index": rule.order_index,
        "weight": rule.weight,
        "link_type": rule.link_type,
        "target": rule.custom_url,
        "reason": reason.code,
        "message": reason.sentence,
    }
