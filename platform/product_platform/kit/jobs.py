"""Long work that survives a crash: queued with the change that asks for it, leased, resumed, retried.

A handler works in steps. What a step stores and how far the job has come commit together, and only
while the process holds the lease: a process that dies, or is held to be dead, loses no more than the
step that it was in, and no step is ever done twice.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self, TypeAlias
from uuid import UUID

import structlog
from asyncpg import Record

from product_platform.kit.db import Connection, get_row
from product_platform.kit.errors import ApiError
from product_platform.kit.loops import end
from product_platform.kit.services import Services

JOBS_CHANNEL: Final = "signpost_jobs"
"""Postgres notifies this channel, with an empty payload, when there is a job to do."""

LEASE: Final = timedelta(seconds=60)
MAX_FAILURES: Final = 5
"""A job that fails as often in a row is dead."""

_FIRST_DELAY_S: Final = 5.0
_MAX_DELAY_S: Final = 600.0
_MAX_FAULT_LENGTH: Final = 2_000
_WORKER_ENDED: Final = "The process that worked on it ended."
_log = structlog.get_logger(__name__)


class JobState(StrEnum):
    """Where a job stands. The last two are final; one that has FAILED is a dead letter."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class JobRefusedError(Exception):
    """The job cannot be done, however often it is tried; the message is for the customer."""


class LeaseLostError(Exception):
    """Another process has the job now, or it is done; nothing of this step is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job as it is stored.

    `cursor` is where to go on, `result` what came out, `error` why it failed, for the customer, and
    `fault` the same for whoever runs the installation. `attempts` counts all leases, `failures`
    those in a row that ended without a step.
    """

    id: UUID
    kind: str
    organization_id: UUID | None
    state: JobState
    payload: Mapping[str, Any]
    cursor: Mapping[str, Any]
    progress: int
    total: int | None
    attempts: int
    failures: int
    result: Any
    error: str | None
    fault: str | None
    run_at: datetime
    created: datetime
    finished_at: datetime | None

    @classmethod
    def from_row(cls, row: Record) -> Self:
        """Read a row of the table."""
        values = {name: row[name] for name in cls.__slots__}
        return cls(**{**values, "state": JobState(row["state"])})


async def enqueue(
    connection: Connection,
    kind: str,
    payload: Mapping[str, Any],
    *,
    organization_id: UUID | None,
    at: datetime,
    key: str | None = None,
) -> Job:
    """Queue a job in the caller's transaction: if that is rolled back, there never was one.

    A job of the same kind and *key* that still waits is the same job; one that has not failed is due at
    the earlier of both times.
    """
    row = await get_row(
        connection,
        """
        INSERT INTO jobs AS job (kind, key, organization_id, payload, run_at, created, modified)
        VALUES ($1, $2, $3, $4, $5, $5, $5)
        ON CONFLICT (kind, key) WHERE state IN ('pending', 'running') DO UPDATE SET run_at = CASE
            WHEN job.state = 'pending' AND job.failures = 0 THEN least(job.run_at, excluded.run_at)
            ELSE job.run_at END
        RETURNING *
        """,
        kind,
        key,
        organization_id,
        dict(payload),
        at,
    )
    await connection.execute("SELECT pg_notify($1, '')", JOBS_CHANNEL)
    return Job.from_row(row)


async def find(connection: Connection, job_id: UUID, *kinds: str) -> Job | None:
    """Return the job with this id, which is of one of these kinds."""
    row = await connection.fetchrow(
        "SELECT * FROM jobs WHERE id = $1 AND kind = ANY($2::text[])", job_id, kinds
    )
    return None if row is None else Job.from_row(row)


async def amend_result(connection: Connection, job_id: UUID, result: Any) -> None:
    """Store another result of a job that is done."""
    await connection.execute("UPDATE jobs SET result = $2 WHERE id = $1", job_id, result)


async def fetch_dead(connection: Connection, *, limit: int) -> list[Job]:
    """Return the jobs that ended in failure, the last one first."""
    rows = await connection.fetch(
        "SELECT * FROM jobs WHERE state = 'failed' ORDER BY finished_at DESC, id LIMIT $1", limit
    )
    return [Job.from_row(row) for row in rows]


async def revive(connection: Connection, job_id: UUID, *, at: datetime) -> bool:
    """Have a dead job tried again, from where it stopped; False when there is no such job."""
    status = await connection.execute(
        "UPDATE jobs SET state = 'pending', failures = 0, error = NULL, finished_at = NULL, run_at = $2,"
        " modified = $2 WHERE id = $1 AND state = 'failed'",
        job_id,
        at,
    )
    await connection.execute("SELECT pg_notify($1, '')", JOBS_CHANNEL)
    return status == "UPDATE 1"


class Step:
    """One step of a job: its transaction, and how far the job has come when that commits."""

    def __init__(self, connection: Connection, job: Job) -> None:
        self.connection = connection
        self._changes: dict[str, Any] = {"progress": job.progress, "total": job.total, "cursor": job.cursor}

    @property
    def cursor(self) -> Mapping[str, Any]:
        """Where the job goes on."""
        cursor: Mapping[str, Any] = self._changes["cursor"]
        return cursor

    def advance(self, progress: int, cursor: Mapping[str, Any], *, total: int | None = None) -> None:
        """Say how many of how many parts are done, and where to go on."""
        self._changes |= {"progress": progress, "cursor": dict(cursor)}
        if total is not None:
            self._changes["total"] = total

    def finish(self, result: Any = None) -> None:
        """Say that the job is done with this step, and what came out."""
        self._changes |= {"state": JobState.COMPLETED, "result": result}

    def put_off(self, until: datetime) -> None:
        """Say that the job goes on then, or when it is asked for earlier; its handler returns now."""
        self._changes |= {"state": JobState.PENDING, "run_at": until}

    async def _store(self, job: Job, *, at: datetime, until: datetime) -> Job:
        changes = {"run_at": until, **self._changes, "failures": 0, "modified": at}
        if changes.get("state") is JobState.COMPLETED:
            changes["finished_at"] = at
        # The names are our own; only values come from outside.
        assignments = ", ".join(f"{name} = ${place}" for place, name in enumerate(changes, start=2))
        sql = f"UPDATE jobs SET {assignments} WHERE id = $1 RETURNING *"  # noqa: S608
        return Job.from_row(await get_row(self.connection, sql, job.id, *changes.values()))


class JobRun:
    """One attempt at a job by a process that holds its lease."""

    def __init__(self, services: Services, job: Job) -> None:
        self.services = services
        self.job = job

    @asynccontextmanager
    async def step(self) -> AsyncIterator[Step]:
        """Lend the transaction of one step, which renews the lease; raises LeaseLostError."""
        async with self.services.database.transaction() as connection:
            sql = "SELECT FROM jobs WHERE id = $1 AND attempts = $2 AND state = 'running' FOR UPDATE"
            if await connection.fetchrow(sql, self.job.id, self.job.attempts) is None:
                raise LeaseLostError
            step = Step(connection, self.job)
            yield step
            now = self.services.clock.now()
            job = await step._store(self.job, at=now, until=now + LEASE)  # noqa: SLF001
        self.job = job


Handler: TypeAlias = Callable[[JobRun], Awaitable[None]]
"""Does a job from where `run.job.cursor` says, in steps; the last step may say what came out."""


class Runner:
    """Does the jobs of the kinds that it has handlers for."""

    def __init__(self, services: Services, handlers: Mapping[str, Handler]) -> None:
        self._services = services
        self._handlers = handlers

    async def run_due(self) -> bool:
        """Do the job that has been due for longest, as far as possible; False when none is."""
        return await self._take_and_run(None)

    async def run_now(self, job_id: UUID) -> None:
        """Do this job at once, due or not, unless another process does it already.

        Whoever has queued it to be due after a `LEASE` only has it for himself till then; if he dies,
        others do it.
        """
        await self._take_and_run(job_id)

    async def _take_and_run(self, job_id: UUID | None) -> bool:
        job = await self._take(job_id)
        while job is not None and job.state is JobState.FAILED:
            _log.error("job_dead", job=str(job.id), kind=job.kind, fault=job.fault)
            job = await self._take(job_id)
        if job is None:
            return False
        try:
            await self._run(JobRun(self._services, job))
        except LeaseLostError:
            _log.warning("job_lease_lost", job=str(job.id), kind=job.kind)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(job))
            raise
        except Exception as error:  # noqa: BLE001  # the edge of a task
            await self._note_failure(job, error)
        return True

    async def _take(self, job_id: UUID | None) -> Job | None:
        """Lease a job, or bury one whose workers have died too often."""
        now = self._services.clock.now()
        row = await self._services.database.pool.fetchrow(
            """
            WITH due AS MATERIALIZED (  -- once: in a join it may be looked for again, and be another
                SELECT id, failures + (state = 'running')::int AS failures FROM jobs
                WHERE state IN ('pending', 'running') AND kind = ANY($3::text[]) AND (
                    run_at <= $1 AND $4::uuid IS NULL OR id = $4 AND (run_at <= $1 OR state = 'pending')
                )
                ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            UPDATE jobs SET attempts = attempts + 1, modified = $1,
                failures = due.failures,
                state = CASE WHEN due.failures >= $5 THEN 'failed' ELSE 'running' END,
                run_at = CASE WHEN due.failures >= $5 THEN run_at ELSE $2 END,
                finished_at = CASE WHEN due.failures >= $5 THEN $1::timestamptz END,
                fault = CASE WHEN state = 'running' THEN $6 ELSE fault END,
                error = CASE WHEN due.failures >= $5 THEN $7 END
            FROM due WHERE jobs.id = due.id RETURNING jobs.*
            """,
            now,
            now + LEASE,
            list(self._handlers),
            job_id,
            MAX_FAILURES,
            _WORKER_ENDED,
            _to_error(MAX_FAILURES),
        )
        return None if row is None else Job.from_row(row)

    async def _run(self, run: JobRun) -> None:
        """Do the job while its lease is kept alive."""
        work = asyncio.ensure_future(self._handlers[run.job.kind](run))
        renewal = asyncio.create_task(self._renew(run.job))
        try:
            await asyncio.wait({work, renewal}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await renewal  # raises what has ended it
            await work
        finally:
            await end([work, renewal])
        if run.job.state is JobState.RUNNING:
            async with run.step() as step:
                step.finish()

    async def _renew(self, job: Job) -> None:
        """Keep the lease alive for as long as this task runs; raises LeaseLostError."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            status = await self._services.database.pool.execute(
                "UPDATE jobs SET run_at = $3 WHERE id = $1 AND attempts = $2 AND state = 'running'",
                job.id,
                job.attempts,
                self._services.clock.now() + LEASE,
            )
            if status != "UPDATE 1":
                raise LeaseLostError

    async def _give_back(self, job: Job) -> None:
        """Let another process go on at once: this one was told to stop."""
        await self._services.database.pool.execute(
            "UPDATE jobs SET state = 'pending', run_at = $3 WHERE id = $1 AND attempts = $2"
            " AND state = 'running'",
            job.id,
            job.attempts,
            self._services.clock.now(),
        )

    async def _note_failure(self, job: Job, error: Exception) -> None:
        """Put the job off, each time for longer, or bury it."""
        _log.warning("job_failed", job=str(job.id), kind=job.kind, exc_info=error)
        is_final = isinstance(error, JobRefusedError | ApiError)
        sql = """
            UPDATE jobs SET modified = $3::timestamptz, failures = failures + 1, fault = $4,
                state = CASE WHEN $5 OR failures + 1 >= $6 THEN 'failed' ELSE 'pending' END,
                error = CASE WHEN $5 OR failures + 1 >= $6 THEN $7 END,
                finished_at = CASE WHEN $5 OR failures + 1 >= $6 THEN $3::timestamptz END,
                run_at = $3::timestamptz + least($8 * 2.0 ^ failures, $9) * interval '1 second'
            WHERE id = $1 AND attempts = $2 AND state = 'running'
            """
        # Many jobs that failed for one reason do not all come back at one instant.
        spread = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        await self._services.database.pool.execute(
            sql,
            job.id,
            job.attempts,
            self._services.clock.now(),
            f"{type(error).__name__}: {error}"[:_MAX_FAULT_LENGTH],
            is_final,
            MAX_FAILURES,
            str(error) if is_final else _to_error(MAX_FAILURES),
            _FIRST_DELAY_S * spread,
            _MAX_DELAY_S * spread,
        )


def _to_error(failures: int) -> str:
    return f"It failed {failures} times, and is not tried again. Ask for it anew, or tell us of it."
