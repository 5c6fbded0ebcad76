"""Claims held against the company prefixes of whoever made them, as a job."""

from uuid import UUID

from product_platform.kit import jobs
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.ids import to_short
from product_platform.kit.jobs import JobRun
from product_platform.kit.outbox import record_changes
from product_platform.products.repository import claims as repository
from product_platform.products.service.domains import request_domain_match

MATCH_PREFIXES = "products.match_prefixes"
_MATCHED_AT_ONCE = 1_000


async def request_match(connection: Connection, organization_id: UUID, *, clock: Clock) -> None:
    """Have the organization's claims held against its prefixes soon, if it has any."""
    if await repository.has_prefix(connection, organization_id):
        payload = {"organization_id": str(organization_id)}
        await jobs.enqueue(
            connection,
            MATCH_PREFIXES,
            payload,
            organization_id=organization_id,
            at=clock.now(),
            key=to_short(organization_id),
        )


async def match_prefixes(run: JobRun) -> None:
    """Raise the tier of every claim that a prefix supports, a thousand in a step.

    A claim that comes while the job runs may lie before the place that it has reached, so the job is
    done only when it finds nothing on its way from the start.
    """
    organization_id = UUID(run.job.payload["organization_id"])
    while run.job.state is jobs.JobState.RUNNING:
        async with run.step() as step:
            after = step.cursor.get("gtin", "")
            now = run.services.clock.now()
            gtins = await repository.match_prefixes(
                step.connection, organization_id, after=after, limit=_MATCHED_AT_ONCE, at=now
            )
            await record_changes(step.connection, [f"01/{gtin}" for gtin in gtins], organization_id)
            if gtins:
                await request_domain_match(step.connection, organization_id, at=now)
            matched = run.job.progress + len(gtins)
            step.advance(matched, {"gtin": gtins[-1] if len(gtins) == _MATCHED_AT_ONCE else ""})
            if not after and not gtins:
                step.finish({"matched": matched})
