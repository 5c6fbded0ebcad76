"""Tell what a draft of changes would do: the edge's answers before and after, and nothing is kept."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from product_platform.digital_link.ports import Edge, EdgeAnswer, Question, find_hosts
from product_platform.digital_link.repository.rules import lock_rule_set
from product_platform.digital_link.repository.scans import fetch_frequent
from product_platform.digital_link.schemas.drafts import (
    ChangedAnswerOut,
    RequestOut,
    SimulatedAnswerOut,
    Simulation,
    SimulationOut,
)
from product_platform.digital_link.service.draft import Draft
from product_platform.digital_link.service.explanations import Explanations
from product_platform.digital_link.service.rules import Rules
from product_platform.kit.clock import Clock
from product_platform.kit.db import Database
from product_platform.kit.permissions import Permission, Principal
from rules_compiler.gs1 import DigitalLinkError
from rules_compiler.model import Catalogue, Query

_RECENT: Final = timedelta(days=7)
_FREQUENT_MAX: Final = 50
_SHARE_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Sample:
    """A request, how often it comes, and what it asks of a table: None when it is about no identifier."""

    question: Question
    count: int
    query: Query | None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What governs the samples before and after a draft, and what the rules that it creates are called."""

    before: Catalogue
    after: Catalogue
    names: Mapping[str, str]


class Simulator:
    """Tries drafts on requests, each in a transaction of its own that is rolled back."""

    def __init__(self, database: Database, clock: Clock, edge: Edge, explanations: Explanations) -> None:
        self._database = database
        self._clock = clock
        self._edge = edge
        self._explanations = explanations
        self._rules = Rules(clock)

    async def simulate(
        self, organization_id: UUID, simulation: Simulation, *, principal: Principal
    ) -> SimulationOut:
        """Return which answers *simulation* changes; raises InvalidError with all that is wrong with it.

        Answers to what belongs to others never change, so that nothing of their rules is told.
        """
        principal.require(Permission.CHANGE_RULES, organization_id, hidden=True)
        samples = await self._read_samples(organization_id, simulation)
        identifiers = [sample.query.ais for sample in samples if sample.query is not None]
        hosts = find_hosts(self._edge, [sample.question for sample in samples if sample.query is not None])
        draft = Draft(self._rules, organization_id, principal)
        async with self._database.rehearsal() as connection:
            await lock_rule_set(connection, organization_id)
            before = await self._explanations.load_present(connection, identifiers, hosts=hosts)
            names = await draft.write(connection, simulation.changes)
            after = await self._explanations.load_present(connection, identifiers, hosts=hosts)
        # The tables take a while, in which nothing is locked and the process answers other requests.
        return await asyncio.to_thread(self._compare, samples, Rehearsal(before, after, names))

    async def _read_samples(self, organization_id: UUID, simulation: Simulation) -> list[Sample]:
        at = simulation.at or self._clock.now()
        if simulation.requests is None:
            return await self._fetch_samples(organization_id, at)
        return [
            self._to_sample(Question(each.uri, each.at or at, each.headers, each.country), 1)
            for each in simulation.requests
        ]

    async def _fetch_samples(self, organization_id: UUID, at: datetime) -> list[Sample]:
        since = self._clock.now() - _RECENT
        async with self._database.pool.acquire() as connection:
            scans = await fetch_frequent(connection, organization_id, since=since, limit=_FREQUENT_MAX)
        return [
            self._to_sample(Question(f"/{scan.key}", at, country=scan.country), scan.scans) for scan in scans
        ]

    def _to_sample(self, question: Question, count: int) -> Sample:
        try:
            return Sample(question, count, self._edge.read(question))
        except DigitalLinkError:
            return Sample(question, count, None)

    def _compare(self, samples: Sequence[Sample], rehearsal: Rehearsal) -> SimulationOut:
        # What is no identifier is refused whatever the rules are.
        asked = [sample for sample in samples if sample.query is not None]
        questions = [sample.question for sample in asked]
        befores = self._edge.answer_all(questions, rehearsal.before)
        afters = self._edge.answer_all(questions, rehearsal.after)
        changed = [
            ChangedAnswerOut(
                request=RequestOut.model_validate(sample.question),
                count=sample.count,
                before=_to_out(before, rehearsal.names),
                after=_to_out(after, rehearsal.names),
            )
            for sample, before, after in zip(asked, befores, afters, strict=True)
            if replace(before, rule_id=None) != replace(after, rule_id=None)
        ]
        traffic = sum(sample.count for sample in samples)
        moved = sum(answer.count for answer in changed)
        share = round(moved / traffic, _SHARE_DIGITS) if traffic else 0.0
        return SimulationOut(requests=len(samples), changed=len(changed), share=share, answers=changed)


def _to_out(answer: EdgeAnswer, names: Mapping[str, str]) -> SimulatedAnswerOut:
    rule_id = None if answer.rule_id is None else names.get(answer.rule_id, answer.rule_id)
    return SimulatedAnswerOut(status=answer.status, location=answer.location, rule_id=rule_id)
