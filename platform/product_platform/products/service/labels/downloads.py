"""Files that jobs have made, fetched by a link that names no caller and is good for an hour."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from product_platform.kit import jobs
from product_platform.kit.ids import to_short
from product_platform.kit.jobs import Job, JobState
from product_platform.kit.services import Services
from product_platform.kit.storage import FileMissingError, StoredFile
from product_platform.products.errors import DownloadNotFoundError

QR_BULK: Final = "products.qr_bulk"
LABEL_EXPORT: Final = "products.label_export"
VALIDITY: Final = timedelta(hours=1)
_TOKEN_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Link:
    """Where a file can be fetched, and until when."""

    url: str
    expires_at: datetime


def to_result(key: str, filename: str, size_bytes: int) -> dict[str, Any]:
    """Return the result of a job that has made a file."""
    return {"file": key, "filename": filename, "size_bytes": size_bytes}


class Downloads:
    """Gives out links, and the files behind them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def get_link(self, job: Job) -> Link:
        """Return the link to the file of a job that is done; one that has expired is replaced."""
        now = self._services.clock.now()
        token, expires_at = job.result.get("token"), job.result.get("expires_at")
        if token is None or datetime.fromisoformat(expires_at) <= now:
            token, expires_at = secrets.token_urlsafe(_TOKEN_BYTES), (now + VALIDITY).isoformat()
            result = {**job.result, "token": token, "expires_at": expires_at}
            async with self._services.database.transaction() as connection:
                await jobs.amend_result(connection, job.id, result)
        path = f"/products/api/v1/downloads/{to_short(job.id)}?token={token}"
        return Link(f"{self._services.settings.base_url}{path}", datetime.fromisoformat(expires_at))

    async def open(self, job_id: UUID, token: str) -> tuple[StoredFile, str]:
        """Return a file and its name; raises DownloadNotFoundError for a link that is not good any more."""
        async with self._services.database.pool.acquire() as connection:
            job = await jobs.find(connection, job_id, QR_BULK, LABEL_EXPORT)
        if job is None or job.state is not JobState.COMPLETED or "token" not in job.result:
            raise DownloadNotFoundError
        is_expired = datetime.fromisoformat(job.result["expires_at"]) <= self._services.clock.now()
        if is_expired or not secrets.compare_digest(job.result["token"].encode(), token.encode()):
            raise DownloadNotFoundError
        try:
            return await self._services.storage.open(job.result["file"]), job.result["filename"]
        except FileMissingError:
            raise DownloadNotFoundError from None
