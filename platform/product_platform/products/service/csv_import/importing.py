"""The import of a catalogue file as a job: asked for, done in steps, and looked at."""

import asyncio
from typing import Final
from uuid import UUID, uuid4

from product_platform.kit import jobs
from product_platform.kit.ids import to_short
from product_platform.kit.jobs import Job, JobRun, JobState, Runner
from product_platform.kit.permissions import Permission, Principal
from product_platform.kit.services import Services
from product_platform.products.errors import (
    JobNotFoundError,
    NoBrandOrganizationError,
    OrganizationMissingError,
)
from product_platform.products.repository import bulk
from product_platform.products.schemas.imports import ImportResultOut, ImportState, ImportStatusOut
from product_platform.products.service.csv_import.reading import read_rows
from product_platform.products.service.csv_import.storing import RowStore
from product_platform.products.service.csv_import.tally import Tally

IMPORT_CSV: Final = "products.import_csv"
_ROWS_AT_ONCE: Final = 500
_STATES: Final = {JobState.RUNNING: ImportState.PROCESSING}


class Imports:
    """Takes catalogue files, and tells what became of them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def start(self, content: bytes, *, principal: Principal, organization_id: UUID | None) -> UUID:
        """Have a file imported for an organization of the caller, and return the id of the job.

        Raises UnreadableCsvError for a file of which no row can be read, NoBrandOrganizationError and
        OrganizationMissingError when it cannot be told for whom, PermissionMissingError.
        """
        owner_id = await self._choose_organization(principal, organization_id)
        principal.require(Permission.CLAIM, owner_id)
        await asyncio.to_thread(read_rows, content)
        key = f"imports/{uuid4()}.csv"
        await self._services.storage.write(key, content)
        payload = {"file": key, "organization_id": str(owner_id)}
        async with self._services.database.transaction() as connection:
            job = await jobs.enqueue(
                connection, IMPORT_CSV, payload, organization_id=owner_id, at=self._services.clock.now()
            )
        return job.id

    async def finish(self, job_id: UUID) -> None:
        """Do the import at once, unless a worker does it already."""
        await Runner(self._services, {IMPORT_CSV: import_csv}).run_now(job_id)

    async def get_status(self, job_id: UUID, *, principal: Principal) -> ImportStatusOut:
        """Tell how far an import has come; raises JobNotFoundError for one of somebody else."""
        async with self._services.database.pool.acquire() as connection:
            job = await jobs.find(connection, job_id, IMPORT_CSV)
        if job is None or not principal.sees(job.organization_id):
            raise JobNotFoundError(to_short(job_id))
        return _to_status(job)

    async def _choose_organization(self, principal: Principal, organization_id: UUID | None) -> UUID:
        async with self._services.database.pool.acquire() as connection:
            found = await bulk.fetch_brand_organizations(connection, principal.organizations)
        if organization_id is not None:
            found = [each for each in found if each == organization_id]
        if not found:
            raise NoBrandOrganizationError
        if len(found) > 1:
            raise OrganizationMissingError
        return found[0]


async def import_csv(run: JobRun) -> None:
    """Store the rows of the file, some hundreds in a step; each step tells where to go on."""
    storage = run.services.storage
    rows = await asyncio.to_thread(read_rows, await storage.read(run.job.payload["file"]))
    organization_id = UUID(run.job.payload["organization_id"])
    while run.job.state is JobState.RUNNING:
        chunk = rows[run.job.progress : run.job.progress + _ROWS_AT_ONCE]
        async with run.step() as step:
            tally = Tally.from_json(step.cursor)
            store = RowStore(step.connection, organization_id, run.services.clock)
            await store.store(chunk, tally)
            done = run.job.progress + len(chunk)
            step.advance(done, tally.to_json(), total=len(rows))
            if done == len(rows):
                step.finish(tally.to_result())
    await storage.delete(run.job.payload["file"])


def _to_status(job: Job) -> ImportStatusOut:
    job_id = to_short(job.id)
    is_done = job.state is JobState.COMPLETED
    return ImportStatusOut(
        job_id=job.id,
        status=_STATES.get(job.state) or ImportState(job.state.value),
        poll_url=f"/products/api/v1/import/csv/{job_id}",
        total_rows=job.total or 0,
        processed_rows=job.progress,
        progress_percent=100 if is_done else to_percent(job),
        result=ImportResultOut.model_validate(job.result) if is_done else None,
        error=job.error,
    )


def to_percent(job: Job) -> int:
    """Return how much of the job is done, 0 while its size is not known."""
    return min(100, job.progress * 100 // job.total) if job.total else 0
