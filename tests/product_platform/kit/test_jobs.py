"""Jobs: nothing lost and nothing done twice, whatever becomes of who does them."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from product_platform.kit import jobs
from product_platform.kit.clock import FixedClock
from product_platform.kit.job_worker import work_jobs
from product_platform.kit.jobs import (
    LEASE,
    MAX_FAILURES,
    Handler,
    Job,
    JobRefusedError,
    JobRun,
    JobState,
    LeaseLostError,
    Runner,
)
from product_platform.kit.services import Services
from tests.product_platform.kit import counting

pytestmark = pytest.mark.servers

KIND = counting.KIND
DEADLINE_S = 20


async def queue(services: Services, *, key: str | None = None, **payload: Any) -> Job:
    async with services.database.transaction() as connection:
        return await jobs.enqueue(
            connection, KIND, payload, organization_id=None, at=services.clock.now(), key=key
        )


async def read(services: Services, job_id: UUID) -> Job:
    async with services.database.pool.acquire() as connection:
        job = await jobs.find(connection, job_id, KIND)
    assert job is not None
    return job


def make_runner(services: Services, handler: Handler = counting.count) -> Runner:
    return Runner(services, {KIND: handler})


async def fail(_run: JobRun) -> None:
    raise ZeroDivisionError("a secret of ours")


async def refuse(_run: JobRun) -> None:
    raise JobRefusedError("The file has no header.")


class TestEnqueue:
    async def test_a_job_whose_transaction_is_rolled_back_never_was(self, services: Services) -> None:
        async with services.database.rehearsal() as connection:
            job = await jobs.enqueue(connection, KIND, {}, organization_id=None, at=services.clock.now())
        async with services.database.pool.acquire() as connection:
            assert await jobs.find(connection, job.id, KIND) is None

    async def test_the_same_key_is_the_same_job_while_it_waits(self, services: Services) -> None:
        first = await queue(services, key="all", parts=1)
        assert (await queue(services, key="all", parts=9)).id == first.id
        await make_runner(services).run_due()
        assert (await queue(services, key="all", parts=1)).id != first.id

    async def test_it_is_due_at_the_earlier_of_both_times(
        self, services: Services, clock: FixedClock
    ) -> None:
        first = await queue(services, key="all", parts=1)
        clock.advance(-60)
        assert (await queue(services, key="all")).run_at == clock.now()
        clock.advance(90)
        assert (await queue(services, key="all")).run_at == first.run_at - timedelta(seconds=60)

    async def test_one_that_has_failed_is_not_hurried(self, services: Services) -> None:
        job = await queue(services, key="all")
        await make_runner(services, fail).run_due()
        waiting = await read(services, job.id)
        assert (await queue(services, key="all")).run_at == waiting.run_at > services.clock.now()

    async def test_a_job_is_not_found_as_one_of_another_kind(self, services: Services) -> None:
        job = await queue(services, parts=1)
        async with services.database.pool.acquire() as connection:
            assert await jobs.find(connection, job.id, "another") is None


class TestRunDue:
    async def test_nothing_is_due(self, services: Services) -> None:
        assert not await make_runner(services).run_due()

    async def test_a_job_is_done_step_by_step(self, services: Services) -> None:
        job = await queue(services, parts=3)
        assert await make_runner(services).run_due()
        done = await read(services, job.id)
        assert (done.state, done.progress, done.total, done.result) == (
            JobState.COMPLETED,
            3,
            3,
            {"parts": 3},
        )
        assert done.finished_at == services.clock.now()
        assert await counting.read_done(services.database) == ["0", "1", "2"]
        assert not await make_runner(services).run_due()

    async def test_each_job_is_done_by_one_of_many(self, services: Services) -> None:
        for _ in range(6):
            await queue(services, parts=1)

        async def work() -> None:
            while await make_runner(services).run_due():
                pass

        await asyncio.gather(*(work() for _ in range(4)))
        assert await counting.read_done(services.database) == ["0"] * 6

    async def test_however_few_the_database_expects_one_is_taken_at_a_time(self, services: Services) -> None:
        await queue(services, parts=1)
        await services.database.pool.execute("ANALYZE jobs")
        for _ in range(5):
            await queue(services, parts=1)
        await make_runner(services).run_due()
        states = await services.database.pool.fetch("SELECT state FROM jobs ORDER BY state")
        assert [row["state"] for row in states] == ["completed", *["pending"] * 5]

    async def test_a_failed_job_is_put_off_for_longer_each_time(
        self, services: Services, clock: FixedClock
    ) -> None:
        job = await queue(services)
        delays_s = []
        for _ in range(MAX_FAILURES - 1):
            await make_runner(services, fail).run_due()
            waiting = await read(services, job.id)
            assert (waiting.state, waiting.error) == (JobState.PENDING, None)
            delays_s.append((waiting.run_at - clock.now()).total_seconds())
            assert not await make_runner(services, fail).run_due()
            clock.advance(delays_s[-1])
        for number, delay_s in enumerate(delays_s):
            assert 2.5 * 2**number <= delay_s <= 5 * 2**number

    async def test_a_poison_job_ends_as_a_dead_letter_with_its_reason(
        self, services: Services, clock: FixedClock
    ) -> None:
        job = await queue(services)
        for _ in range(MAX_FAILURES):
            clock.advance(3600)
            assert await make_runner(services, fail).run_due()
        clock.advance(3600)
        assert not await make_runner(services, fail).run_due()
        async with services.database.pool.acquire() as connection:
            (dead,) = await jobs.fetch_dead(connection, limit=10)
        assert (dead.id, dead.state, dead.attempts) == (job.id, JobState.FAILED, MAX_FAILURES)
        assert dead.fault == "ZeroDivisionError: a secret of ours"
        assert dead.error is not None
        assert "secret" not in dead.error

    async def test_a_refused_job_is_not_tried_again(self, services: Services) -> None:
        job = await queue(services)
        await make_runner(services, refuse).run_due()
        dead = await read(services, job.id)
        assert (dead.state, dead.attempts, dead.error) == (JobState.FAILED, 1, "The file has no header.")

    async def test_a_job_that_kills_its_process_ends_as_a_dead_letter(
        self, services: Services, clock: FixedClock
    ) -> None:
        job = await queue(services)
        for _ in range(MAX_FAILURES):
            assert await make_runner(services)._take(None) is not None  # and the process is gone
            clock.advance(LEASE.total_seconds())
        assert not await make_runner(services).run_due()
        dead = await read(services, job.id)
        assert (dead.state, dead.fault) == (JobState.FAILED, "The process that worked on it ended.")

    async def test_a_step_that_is_stored_makes_failures_count_anew(
        self, services: Services, clock: FixedClock
    ) -> None:
        job = await queue(services, parts=2 * MAX_FAILURES)

        async def one_step_and_fail(run: JobRun) -> None:
            await counting.count_one(run)
            raise ZeroDivisionError

        for _ in range(2 * MAX_FAILURES - 1):
            await make_runner(services, one_step_and_fail).run_due()
            clock.advance(60)
        assert (await read(services, job.id)).state is JobState.PENDING

    async def test_a_kind_without_a_handler_waits_for_who_has_one(self, services: Services) -> None:
        await queue(services)
        assert not await Runner(services, {"another": fail}).run_due()

    async def test_a_job_may_put_itself_off(self, services: Services, clock: FixedClock) -> None:
        job = await queue(services, parts=2)
        until = clock.now() + timedelta(days=1)

        async def wait_a_day(run: JobRun) -> None:
            async with run.step() as step:
                step.put_off(until)

        assert await make_runner(services, wait_a_day).run_due()
        waiting = await read(services, job.id)
        assert (waiting.state, waiting.run_at, waiting.finished_at) == (JobState.PENDING, until, None)
        assert not await make_runner(services).run_due()
        clock.advance(24 * 3600)
        assert await make_runner(services).run_due()
        assert (await read(services, job.id)).state is JobState.COMPLETED


class TestLeases:
    async def test_who_has_lost_the_lease_stores_nothing(self, services: Services, clock: FixedClock) -> None:
        job = await queue(services, parts=2)
        first = await make_runner(services)._take(None)
        assert first is not None
        run = JobRun(services, first)
        await counting.count_one(run)
        clock.advance(LEASE.total_seconds())
        await make_runner(services).run_due()
        with pytest.raises(LeaseLostError):
            await counting.count_one(run)
        assert await counting.read_done(services.database) == ["0", "1"]
        assert (await read(services, job.id)).state is JobState.COMPLETED

    async def test_who_is_told_to_stop_gives_the_job_back_at_once(self, services: Services) -> None:
        job = await queue(services, parts=2)
        reached = asyncio.Event()

        async def hang(run: JobRun) -> None:
            await counting.count_one(run)
            reached.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(make_runner(services, hang).run_due())
        async with asyncio.timeout(DEADLINE_S):
            await reached.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        waiting = await read(services, job.id)
        assert (waiting.state, waiting.progress, waiting.failures) == (JobState.PENDING, 1, 0)
        await make_runner(services).run_due()
        assert await counting.read_done(services.database) == ["0", "1"]

    async def test_a_worker_killed_in_the_middle_of_a_step_loses_nothing_and_does_nothing_twice(
        self, services: Services, clock: FixedClock
    ) -> None:
        job = await queue(services, parts=5, hang_at=3)
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            str(Path(counting.__file__)),
            services.settings.database_url,
            services.settings.redis_url,
            stdout=asyncio.subprocess.PIPE,
        )
        assert worker.stdout is not None
        async with asyncio.timeout(DEADLINE_S):
            assert await worker.stdout.readline() == b"hanging\n"
        worker.kill()
        await worker.wait()
        assert not await make_runner(services).run_due()  # the lease is still the dead one's
        clock.advance(LEASE.total_seconds())
        assert await make_runner(services).run_due()
        done = await read(services, job.id)
        assert (done.state, done.attempts, done.progress) == (JobState.COMPLETED, 2, 5)
        assert await counting.read_done(services.database) == ["0", "1", "2", "3", "4"]


class TestRevive:
    async def test_a_dead_job_goes_on_where_it_stopped(self, services: Services) -> None:
        job = await queue(services, parts=2)

        async def one_step_and_refuse(run: JobRun) -> None:
            await counting.count_one(run)
            raise JobRefusedError("Not today.")

        await make_runner(services, one_step_and_refuse).run_due()
        async with services.database.transaction() as connection:
            assert await jobs.revive(connection, job.id, at=services.clock.now())
            assert not await jobs.revive(connection, job.id, at=services.clock.now())
        await make_runner(services).run_due()
        done = await read(services, job.id)
        assert (done.state, done.error) == (JobState.COMPLETED, None)
        assert await counting.read_done(services.database) == ["0", "1"]


class TestRunNow:
    async def test_only_that_job_is_done(self, services: Services) -> None:
        other, wanted = await queue(services, parts=1), await queue(services, parts=1)
        await make_runner(services).run_now(wanted.id)
        assert (await read(services, other.id)).state is JobState.PENDING
        assert (await read(services, wanted.id)).state is JobState.COMPLETED

    async def test_what_is_reserved_is_done_by_others_only_after_a_while(
        self, services: Services, clock: FixedClock
    ) -> None:
        async with services.database.transaction() as connection:
            at = clock.now() + LEASE
            mine = await jobs.enqueue(connection, KIND, {"parts": 1}, organization_id=None, at=at)
            lost = await jobs.enqueue(connection, KIND, {"parts": 1}, organization_id=None, at=at)
        assert not await make_runner(services).run_due()
        await make_runner(services).run_now(mine.id)
        assert (await read(services, mine.id)).state is JobState.COMPLETED
        clock.advance(LEASE.total_seconds())
        assert await make_runner(services).run_due()
        assert (await read(services, lost.id)).state is JobState.COMPLETED

    async def test_what_another_does_is_left_to_it(self, services: Services) -> None:
        job = await queue(services, parts=1)
        assert await make_runner(services)._take(None) is not None
        await make_runner(services).run_now(job.id)
        assert await counting.read_done(services.database) == []


class TestWorkJobs:
    async def test_a_queued_job_is_done_soon(self, services: Services) -> None:
        done = asyncio.Event()

        async def tell(_run: JobRun) -> None:
            done.set()

        stop = asyncio.Event()
        worker = asyncio.create_task(work_jobs(services, {KIND: tell}, stop))
        await queue(services)
        async with asyncio.timeout(DEADLINE_S):
            await done.wait()
            stop.set()
            await worker
