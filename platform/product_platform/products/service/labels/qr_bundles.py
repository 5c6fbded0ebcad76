"""Bundles of QR codes for many lots or serials of one product."""

import asyncio
from typing import Any
from uuid import UUID

from product_platform.kit import jobs
from product_platform.kit.ids import to_short
from product_platform.kit.jobs import JobRun, JobState
from product_platform.kit.permissions import Principal
from product_platform.kit.services import Services
from product_platform.products.errors import JobNotFoundError
from product_platform.products.schemas.codes import (
    CodeFormat,
    QrBulkIn,
    QrBulkOut,
    QrBulkStatus,
    QrBulkStatusOut,
    QrContent,
)
from product_platform.products.service.codes import render_qr, to_uri
from product_platform.products.service.labels.downloads import QR_BULK, Downloads, to_result
from product_platform.products.service.labels.parts import (
    Drawn,
    delete_parts,
    draw_parts,
    to_file_name,
    write_archive,
)


class QrBundles:
    """Takes orders for bundles, and tells where they can be fetched."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def order(self, body: QrBulkIn, *, principal: Principal) -> QrBulkOut:
        """Have a bundle drawn by a worker."""
        # Whoever acts for one organization orders for it; a bundle says nothing that is not in the order.
        only = len(principal.organizations) == 1
        payload = {**body.model_dump(mode="json"), "user_id": str(principal.user_id)}
        async with self._services.database.transaction() as connection:
            job = await jobs.enqueue(
                connection,
                QR_BULK,
                payload,
                organization_id=next(iter(principal.organizations)) if only else None,
                at=self._services.clock.now(),
            )
        return QrBulkOut(
            task_id=job.id,
            items=len(body.items),
            poll_url=f"/products/api/v1/qr/bulk/{job.id}/",
        )

    async def get_status(self, task_id: UUID, *, principal: Principal) -> QrBulkStatusOut:
        """Tell where a bundle stands; raises JobNotFoundError for one that somebody else ordered."""
        async with self._services.database.pool.acquire() as connection:
            job = await jobs.find(connection, task_id, QR_BULK)
        if job is None or not (
            principal.sees(job.organization_id) or job.payload["user_id"] == str(principal.user_id)
        ):
            raise JobNotFoundError(str(task_id))
        found = QrBulkStatusOut(task_id=job.id, status=QrBulkStatus(job.state.value), error=job.error)
        if job.state is JobState.COMPLETED:
            link = await Downloads(self._services).get_link(job)
            found.download_url, found.expires_at, found.items = link.url, link.expires_at, job.total
        return found


async def draw_qr_bundle(run: JobRun) -> None:
    """Draw all codes of the order, and put them into one archive."""
    order = QrBulkIn.model_validate(run.job.payload)
    total, storage = len(order.items), run.services.storage

    async def draw(start: int, end: int) -> list[Drawn]:
        return await asyncio.to_thread(
            _draw, order, run.services.settings.base_url, start, order.items[start:end]
        )

    await draw_parts(run, total, draw)
    key, filename = f"exports/{run.job.id}/codes.zip", f"qr-codes-{to_short(run.job.id)}.zip"
    size_bytes = await write_archive(storage, run.job.id, total, key)
    async with run.step() as step:
        step.finish(to_result(key, filename, size_bytes))
    await delete_parts(storage, run.job.id, total)


def _draw(order: QrBulkIn, root: str, start: int, items: list[QrContent]) -> list[Any]:
    return [
        Drawn(
            f"{to_file_name(number, order.gtin, item.lot, item.serial)}.{order.format.value}",
            render_qr(to_uri(root, order.gtin, item), CodeFormat(order.format), size_px=order.size),
        )
        for number, item in enumerate(items, start=start + 1)
    ]
