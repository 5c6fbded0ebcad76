"""What becomes of a claim after it was made: found right or wrong, and reported."""

import hashlib
import math
from typing import Any
from uuid import UUID

from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection
from product_platform.kit.errors import RateLimitedError
from product_platform.products.errors import ClaimUnmovedError, PrefixTakenError, ProductUnclaimedError
from product_platform.products.models import ClaimEvent, Product, assess
from product_platform.products.models.claims import (
    REPORTS_ALLOWED,
    REPORTS_WINDOW,
    THROTTLE_WINDOW,
    TRANSITIONS,
    opens_case,
)
from product_platform.products.models.domains import Domain
from product_platform.products.repository import claims as repository
from product_platform.products.schemas.claims import ClaimReportIn
from product_platform.products.schemas.fields import ClaimStatus, DataSource
from product_platform.products.service.catalogue import Products
from product_platform.products.service.domains import add_domain, request_domain_match
from product_platform.products.service.prefixes import request_match
from product_platform.products.service.storing import store_changes


class Claims:
    """Moves claims between their tiers, in the transaction of the connection that it is given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._products = Products(clock)

    async def report(self, connection: Connection, gtin: str, body: ClaimReportIn, *, address: str) -> UUID:
        """Store what somebody at *address* says against a claim, and return the id of the report.

        Reports that weigh enough make the claim disputed; its owner goes on to edit meanwhile. Raises
        RateLimitedError, ProductNotFoundError, and ProductUnclaimedError when there is no claim.
        """
        now, digest = self._clock.now(), hashlib.sha256(f"claim report {address}".encode()).digest()
        await repository.lock_source(connection, digest)
        sent = await repository.fetch_report_times(connection, digest, since=now - THROTTLE_WINDOW)
        if len(sent) >= REPORTS_ALLOWED:
            wait_s = (sent[-REPORTS_ALLOWED] + THROTTLE_WINDOW - now).total_seconds()
            raise RateLimitedError(max(1, math.ceil(wait_s)))
        product = await self._products.get(connection, gtin, lock=True)
        if product.owner_id is None:
            raise ProductUnclaimedError(gtin)
        whose = {"product_id": product.id, "organization_id": product.owner_id}
        columns = {**body.model_dump(), **whose, "source_digest": digest, "created": now}
        report_id = await repository.insert_report(connection, columns)
        reporters = await repository.count_reporters(
            connection, product.id, product.owner_id, since=now - REPORTS_WINDOW
        )
        has_proof = bool(body.supporting_url)
        if opens_case(body.reporter_relationship, has_proof=has_proof, reporters=reporters):
            await self._move(connection, product, ClaimEvent.CONTESTED)
        return report_id

    async def move(self, connection: Connection, gtin: str, event: ClaimEvent) -> Product:
        """Let an operator's word, or a registry's, have its effect on a claim.

        Raises ProductNotFoundError, and ClaimUnmovedError when the claim is not where the event applies.
        """
        product = await self._products.get(connection, gtin, lock=True)
        if not await self._move(connection, product, event):
            raise ClaimUnmovedError(gtin, product.claim_verification_status, event)
        return await self._products.get(connection, gtin)

    async def add_prefix(self, connection: Connection, prefix: str, *, organization_id: UUID) -> None:
        """Store that a GS1 company prefix is licensed to the organization, and have its claims looked at.

        Raises PrefixTakenError when it is another's.
        """
        now = self._clock.now()
        if not await repository.store_prefix(connection, prefix, organization_id, at=now):
            raise PrefixTakenError(prefix)
        await request_match(connection, organization_id, clock=self._clock)

    async def add_domain(self, connection: Connection, name: str, *, organization_id: UUID) -> Domain:
        """Store that the organization says that a web domain is its own, and have the proof looked for.

        The same domain has the same proof. Raises InvalidError for what is no full host name, and
        NotABrandError.
        """
        now = self._clock.now()
        return await add_domain(connection, name, organization_id=organization_id, at=now)

    async def review_domains(self, connection: Connection, organization_id: UUID) -> None:
        """Have the organization's claims held against its proved domains, as its brands have changed."""
        await request_domain_match(connection, organization_id, at=self._clock.now())

    async def _move(self, connection: Connection, product: Product, event: ClaimEvent) -> bool:
        """Move the claim of a locked product; False when it is not where the event applies."""
        if product.owner_id is None or product.claim_verification_status is None:
            return False
        status = TRANSITIONS[event].get(product.claim_verification_status)
        if status is None:
            return False
        # Of a product that came with its brand nothing is stored yet of the claim that this is.
        changes: dict[str, Any] = {
            "owner_id": product.owner_id,
            "claimed_at": product.claimed_at,
            "claim_verification_status": status,
        }
        if status is ClaimStatus.REJECTED:
            changes |= dict.fromkeys(("owner_id", "brand_id", "claimed_at"))
            changes |= assess({**product.values, **changes}, DataSource.CROWD_SOURCED)
        await store_changes(connection, product, changes, organization_id=product.owner_id, clock=self._clock)
        if status is ClaimStatus.PREFIX_MATCHED:
            await self.review_domains(connection, product.owner_id)
        return True
