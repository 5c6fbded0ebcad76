"""Labels of lots and serials: which are wanted, drawn as a job."""

import asyncio
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgpack

from product_platform.kit import jobs
from product_platform.kit.errors import Detail, InvalidError
from product_platform.kit.ids import to_short
from product_platform.kit.jobs import LEASE, Job, JobRun, JobState, Runner
from product_platform.kit.permissions import OrganizationNotFoundError, Principal
from product_platform.kit.services import Services
from product_platform.products.errors import JobNotFoundError, OrganizationMissingError
from product_platform.products.repository import labels as repository
from product_platform.products.schemas.labels import (
    EXPORT_FORMATS,
    ExportType,
    LabelExportIn,
    LabelExportOut,
    LabelExportStatus,
    LabelExportStatusOut,
    LabelScope,
)
from product_platform.products.service.labels.downloads import LABEL_EXPORT, Downloads, to_result
from product_platform.products.service.labels.drawing import draw_label, write_sheets
from product_platform.products.service.labels.parts import (
    Drawn,
    delete_parts,
    draw_parts,
    read_parts,
    write_archive,
)

DONE_AT_ONCE: Final = 50
"""An export of as many labels is done while its request waits."""

_STATES: Final = {JobState.RUNNING: LabelExportStatus.PROCESSING}


class LabelExports:
    """Takes orders for labels, and tells where they can be fetched."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def order(self, body: LabelExportIn, *, principal: Principal) -> LabelExportOut:
        """Have labels of an organization of the caller drawn; a few are by the time this returns.

        Raises InvalidError when type, format, scope and filters do not go together,
        OrganizationMissingError and OrganizationNotFoundError.
        """
        _check(body)
        organization_id = _choose_organization(principal, body.organization_id)
        async with self._services.database.transaction() as connection:
            found = await repository.fetch_ids(
                connection, organization_id, body.scope, body.filters, limit=DONE_AT_ONCE + 1
            )
            are_few = len(found) <= DONE_AT_ONCE
            job = await jobs.enqueue(
                connection,
                LABEL_EXPORT,
                body.model_dump(mode="json"),
                organization_id=organization_id,
                # A few are done here; workers do them only if this process does not.
                at=self._services.clock.now() + (LEASE if are_few else timedelta()),
            )
        if are_few:
            await Runner(self._services, {LABEL_EXPORT: export_labels}).run_now(job.id)
        return LabelExportOut(job_id=job.id, poll_url=f"/products/api/v1/labels/export/{to_short(job.id)}/")

    async def get_status(self, job_id: UUID, *, principal: Principal) -> LabelExportStatusOut:
        """Tell how far an export has come; raises JobNotFoundError for one of another organization."""
        async with self._services.database.pool.acquire() as connection:
            job = await jobs.find(connection, job_id, LABEL_EXPORT)
        if job is None or not principal.sees(job.organization_id):
            raise JobNotFoundError(to_short(job_id))
        found = _to_status(job)
        if job.state is JobState.COMPLETED:
            link = await Downloads(self._services).get_link(job)
            found.download_url, found.expires_at = link.url, link.expires_at
            found.output_filename, found.file_size_bytes = job.result["filename"], job.result["size_bytes"]
        return found


async def export_labels(run: JobRun) -> None:
    """Find the lots or serials, draw the label of each, and put them into one file."""
    order = LabelExportIn.model_validate(run.job.payload)
    ids = await _resolve(run, order)
    root = run.services.settings.base_url

    async def draw(start: int, end: int) -> list[Drawn]:
        async with run.services.database.pool.acquire() as connection:
            items = await repository.fetch_items(connection, order.scope, ids[start:end])
        return await asyncio.to_thread(
            lambda: [
                draw_label(order, root, number, item) for number, item in enumerate(items, start=start + 1)
            ]
        )

    await draw_parts(run, len(ids), draw)
    key, filename, size_bytes = await _write(run, order, len(ids))
    async with run.step() as step:
        await repository.note_printed(step.connection, order.scope, ids, at=run.services.clock.now())
        step.finish(to_result(key, filename, size_bytes))
    await delete_parts(run.services.storage, run.job.id, len(ids))
    await run.services.storage.delete(_items_key(run.job.id))


async def _resolve(run: JobRun, order: LabelExportIn) -> list[UUID]:
    """Return what there is a label for; once found, it stays the same whatever becomes of the catalogue."""
    key = _items_key(run.job.id)
    if run.job.total is not None:
        return [UUID(bytes=each) for each in msgpack.unpackb(await run.services.storage.read(key))]
    assert run.job.organization_id is not None  # noqa: S101 - every order is of one
    async with run.step() as step:
        ids = await repository.fetch_ids(
            step.connection, run.job.organization_id, order.scope, order.filters, limit=None
        )
        await run.services.storage.write(key, msgpack.packb([each.bytes for each in ids]))
        step.advance(0, {}, total=len(ids))
    return ids


async def _write(run: JobRun, order: LabelExportIn, total: int) -> tuple[str, str, int]:
    """Make one file of all that was drawn; return its key, its name and its size in bytes."""
    storage, name = run.services.storage, f"labels-{to_short(run.job.id)}"
    if order.export_type is not ExportType.SHEET_PDF:
        key = f"exports/{run.job.id}/labels.zip"
        return key, f"{name}.zip", await write_archive(storage, run.job.id, total, key)
    drawn = [each async for part in read_parts(storage, run.job.id, total) for each in part]
    key = f"exports/{run.job.id}/labels.pdf"
    pages = await asyncio.to_thread(write_sheets, [each.content.decode("latin-1") for each in drawn])
    return key, f"{name}.pdf", await storage.write(key, pages)


def _items_key(job_id: UUID) -> str:
    return f"exports/{job_id}/items"


def _check(body: LabelExportIn) -> None:
    problems = []
    if body.scope is LabelScope.PRODUCTS:
        message = "A label is of a lot or of a serial: give lots or serials."
        problems.append(Detail("scope", message, "scope_without_labels"))
    if body.file_format not in EXPORT_FORMATS[body.export_type]:
        formats = " or ".join(EXPORT_FORMATS[body.export_type])
        message = f"{body.export_type.value} come as {formats}."
        problems.append(Detail("file_format", message, "format_does_not_fit"))
    if body.scope is LabelScope.LOTS and body.filters.serial_ids is not None:
        message = "serial_ids is for the scope serials."
        problems.append(Detail("filters.serial_ids", message, "filter_does_not_fit"))
    if problems:
        raise InvalidError(problems)


def _choose_organization(principal: Principal, organization_id: UUID | None) -> UUID:
    if organization_id is None:
        if len(principal.organizations) != 1:
            raise OrganizationMissingError
        return next(iter(principal.organizations))
    if not principal.sees(organization_id):
        raise OrganizationNotFoundError(organization_id)
    return organization_id


def _to_status(job: Job) -> LabelExportStatusOut:
    total = job.total or 0
    percent = min(100, job.progress * 100 // total) if total else 0
    return LabelExportStatusOut(
        job_id=job.id,
        status=_STATES.get(job.state) or LabelExportStatus(job.state.value),
        total_items=total,
        processed_items=job.progress,
        progress_percent=100 if job.state is JobState.COMPLETED else percent,
        error=job.error,
    )
