"""What others attest of a product: certifications, and claims of its label."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from product_platform.kit.ids import ShortId
from product_platform.kit.listing import OrderedBy, QueryBool
from product_platform.kit.metadata import Metadata


class VerificationStatus(StrEnum):
    """Whether somebody has looked a certificate up."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    EXPIRED = "expired"


class ClaimCategory(StrEnum):
    """What a claim of a label is about."""

    DIETARY = "DIETARY"
    INGREDIENT_ABSENCE = "INGREDIENT_ABSENCE"
    ALLERGEN_FREE = "ALLERGEN_FREE"
    PROCESS = "PROCESS"
    SUSTAINABILITY = "SUSTAINABILITY"
    OTHER = "OTHER"


class AttestationSource(StrEnum):
    """Who vouches for a claim of a label."""

    BRAND_SELF_DECLARED = "BRAND_SELF_DECLARED"
    THIRD_PARTY_VERIFIED = "THIRD_PARTY_VERIFIED"


class CertificationAssignmentOut(BaseModel):
    """A certification of a product."""

    id: ShortId = Field(description="Of the certification.")
    label: str
    is_active: bool = Field(description="Whether today, in UTC, lies in its validity, both ends included.")
    metadata: Metadata
    code: str
    description: str
    url: str
    logo_url: str | None
    valid_from: date | None
    expiration_date: date | None
    certificate_number: str
    issuing_body: str
    expiry_date: date | None = Field(description="The same as expiration_date.")
    verification_url: str
    verification_status: VerificationStatus
    scope: str
    certification_value: str
    audit_date: date | None
    initial_certification_date: date | None
    certificate_countries: list[str]


class ClaimAssignmentOut(BaseModel):
    """A claim that the label of a product makes."""

    id: ShortId = Field(description="Of the claim.")
    label: str
    code: str
    category: ClaimCategory
    source: AttestationSource
    metadata: Metadata
    valid_from: date | None
    expiration_date: date | None


class CertificationFilters(BaseModel):
    """Which certifications of a product a list shows, and in which order."""

    verification_status: VerificationStatus | None = None
    is_active: QueryBool | None = None
    ordering: Annotated[str, OrderedBy("expiry_date", "label")] = "label"
