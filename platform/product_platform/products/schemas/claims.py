"""Claims to products, and what is said against them."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId
from product_platform.products.schemas.fields import ClaimStatus, Email, WebUrl


class Relationship(StrEnum):
    """What the reporter of a claim is to its product."""

    BRAND_REP = "brand_rep"
    LEGAL = "legal"
    CONSUMER = "consumer"
    COMPETITOR = "competitor"
    STAFF = "staff"
    OTHER = "other"


class ClaimIn(BaseModel):
    """Which of the caller's organizations claims or releases; the only one when absent."""

    organization_id: ShortId | None = None


class ProductClaimOut(BaseModel):
    """The receipt of a claim."""

    gtin: str
    owner_id: ShortId
    claimed_at: Timestamp
    claim_verification_status: ClaimStatus
    message: str


class ClaimReportIn(BaseModel):
    """Why a claim is held to be wrong, and by whom; its owner never learns the latter."""

    reporter_email: Email
    reporter_relationship: Relationship
    reason: Annotated[str, StringConstraints(min_length=10, max_length=5000)]
    reporter_phone: Annotated[str, StringConstraints(max_length=32)] = ""
    reporter_company: Annotated[str, StringConstraints(max_length=255)] = ""
    supporting_url: Annotated[WebUrl, StringConstraints(max_length=2000)] = ""


class ClaimReportOut(BaseModel):
    """The receipt of a report."""

    id: ShortId
    gtin: str
    message: str
