"""What jobs leave behind does not grow for ever."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from product_platform.kit import jobs
from product_platform.kit.clock import FixedClock
from product_platform.kit.jobs import JobRefusedError, JobRun, Runner
from product_platform.kit.old_jobs import DONE_KEPT, FAILED_KEPT, forget_old_jobs
from product_platform.kit.services import Services
from product_platform.kit.storage import FileMissingError

pytestmark = pytest.mark.servers

KIND = "test.copy"
A_MOMENT = timedelta(seconds=1).total_seconds()


async def queue(services: Services, name: str) -> UUID:
    await services.storage.write(f"jobs/{name}-in", b"in")
    async with services.database.transaction() as connection:
        payload = {"file": f"jobs/{name}-in"}
        job = await jobs.enqueue(connection, KIND, payload, organization_id=None, at=services.clock.now())
    return job.id


async def copy(run: JobRun) -> None:
    file: str = run.job.payload["file"].replace("-in", "-out")
    await run.services.storage.write(file, b"out")
    async with run.step() as step:
        step.finish({"file": file})


async def refuse(_run: JobRun) -> None:
    raise JobRefusedError("There is nothing in it.")


async def read_left(services: Services, job_id: UUID, *files: str) -> tuple[bool, list[str]]:
    """Return whether the job is there, and which of the files are."""
    async with services.database.pool.acquire() as connection:
        job: Any = await jobs.find(connection, job_id, KIND)
    left = []
    for file in files:
        try:
            await services.storage.read(f"jobs/{file}")
        except FileMissingError:
            continue
        left.append(file)
    return job is not None, left


async def test_a_job_that_was_done_long_ago_goes_with_its_files(
    services: Services, clock: FixedClock
) -> None:
    job = await queue(services, "a")
    await Runner(services, {KIND: copy}).run_due()
    clock.advance(DONE_KEPT.total_seconds())
    await forget_old_jobs(services)
    assert await read_left(services, job, "a-in", "a-out") == (True, ["a-in", "a-out"])
    clock.advance(A_MOMENT)
    await forget_old_jobs(services)
    assert await read_left(services, job, "a-in", "a-out") == (False, [])


async def test_one_that_failed_stays_for_longer(services: Services, clock: FixedClock) -> None:
    job = await queue(services, "b")
    await Runner(services, {KIND: refuse}).run_due()
    clock.advance(FAILED_KEPT.total_seconds())
    await forget_old_jobs(services)
    assert await read_left(services, job, "b-in") == (True, ["b-in"])
    clock.advance(A_MOMENT)
    await forget_old_jobs(services)
    assert await read_left(services, job, "b-in") == (False, [])


async def test_one_that_waits_stays_however_old_it_is(services: Services, clock: FixedClock) -> None:
    job = await queue(services, "c")
    clock.advance(10 * FAILED_KEPT.total_seconds())
    await forget_old_jobs(services)
    assert await read_left(services, job, "c-in") == (True, ["c-in"])


async def test_there_may_be_many(services: Services, clock: FixedClock) -> None:
    ids = [await queue(services, f"m{number}") for number in range(102)]
    runner = Runner(services, {KIND: copy})
    while await runner.run_due():
        pass
    clock.advance(2 * DONE_KEPT.total_seconds())
    await forget_old_jobs(services)
    assert [await read_left(services, job) for job in ids] == [(False, [])] * 102
