"""Web domains of organizations: asked for, proved by a record in the DNS, and what they do for claims."""

from datetime import datetime
from secrets import token_hex
from uuid import UUID

from product_platform.kit import jobs
from product_platform.kit.db import Connection
from product_platform.kit.dns import DnsTxtLookup, DnsUnavailableError
from product_platform.kit.host_names import parse_host_name
from product_platform.kit.ids import to_short
from product_platform.kit.jobs import JobRun
from product_platform.kit.outbox import record_changes
from product_platform.products.errors import NotABrandError
from product_platform.products.models.domains import PROOF_AWAITED, Domain, lies_within, pause_after
from product_platform.products.repository import bulk
from product_platform.products.repository import domains as repository

PROVE_DOMAIN = "products.prove_domain"
MATCH_DOMAINS = "products.match_domains"
_TOKEN_BYTES = 16
_MATCHED_AT_ONCE = 1_000


async def add_domain(connection: Connection, name: str, *, organization_id: UUID, at: datetime) -> Domain:
    """Store a domain and have its record looked for; one that is proved has its claims looked at again.

    Asked again it has the same token. Raises InvalidError and NotABrandError.
    """
    name = parse_host_name(name)
    if not await bulk.fetch_brand_organizations(connection, [organization_id]):
        raise NotABrandError(organization_id)
    domain = await repository.store(connection, organization_id, name, token=token_hex(_TOKEN_BYTES), at=at)
    if domain.proved_at is None:
        payload = {"organization_id": str(organization_id), "domain": domain.name}
        await jobs.enqueue(
            connection,
            PROVE_DOMAIN,
            payload,
            organization_id=organization_id,
            at=at,
            key=f"{to_short(organization_id)}/{domain.name}",
        )
    else:
        await request_domain_match(connection, organization_id, at=at)
    return domain


async def request_domain_match(connection: Connection, organization_id: UUID, *, at: datetime) -> None:
    """Have the organization's claims held against its proved domains soon, if it has any."""
    if await repository.fetch_proved(connection, organization_id):
        payload = {"organization_id": str(organization_id)}
        await jobs.enqueue(
            connection,
            MATCH_DOMAINS,
            payload,
            organization_id=organization_id,
            at=at,
            key=to_short(organization_id),
        )


async def prove_domain(run: JobRun) -> None:
    """Look once for the record of a domain; if it is not there, put the job off, each time for longer."""
    organization_id, name = UUID(run.job.payload["organization_id"]), run.job.payload["domain"]
    async with run.services.database.transaction() as connection:
        domain = await repository.find_pending(connection, organization_id, name)
    # No transaction is open meanwhile, as name servers may take their time.
    is_proved = domain is not None and await _has_proof(run, domain)
    async with run.step() as step:
        now = run.services.clock.now()
        waited = now - run.job.created
        if is_proved:
            await repository.set_proved(step.connection, organization_id, name, at=now)
            await request_domain_match(step.connection, organization_id, at=now)
        if is_proved or domain is None or waited >= PROOF_AWAITED:
            step.finish({"proved": is_proved})
        else:
            step.put_off(now + pause_after(waited))


async def _has_proof(run: JobRun, domain: Domain) -> bool:
    try:
        texts = await DnsTxtLookup(run.services.settings.dns_server).find_texts(domain.name)
    except DnsUnavailableError:
        return False
    return domain.proof in texts


async def match_domains(run: JobRun) -> None:
    """Raise the tier of every claim that a proved domain supports, a thousand in a step.

    Like the matching of prefixes it is done only when it finds nothing on its way from the start.
    """
    organization_id = UUID(run.job.payload["organization_id"])
    while run.job.state is jobs.JobState.RUNNING:
        async with run.step() as step:
            after = step.cursor.get("gtin", "")
            gtins = await repository.verify_claims(
                step.connection,
                organization_id,
                await _find_proved_brands(step.connection, organization_id),
                after=after,
                limit=_MATCHED_AT_ONCE,
                at=run.services.clock.now(),
            )
            await record_changes(step.connection, [f"01/{gtin}" for gtin in gtins], organization_id)
            verified = run.job.progress + len(gtins)
            step.advance(verified, {"gtin": gtins[-1] if len(gtins) == _MATCHED_AT_ONCE else ""})
            if not after and not gtins:
                step.finish({"verified": verified})


async def _find_proved_brands(connection: Connection, organization_id: UUID) -> list[UUID]:
    """Return the organization's brands whose websites lie within its proved domains."""
    domains = await repository.fetch_proved(connection, organization_id)
    websites = await repository.fetch_websites(connection, organization_id)
    return [brand_id for brand_id, website in websites if lies_within(website, domains)]
