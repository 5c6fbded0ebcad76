"""What others attest of a product: certifications, claims of its label, recalls."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId
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


class RecallStatus(StrEnum):
    """Whether a recall goes on."""

    ONGOING = "ONGOING"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"
    UNKNOWN = "UNKNOWN"


class RecallSeverity(StrEnum):
    """How dangerous what is recalled is; CLASS_I is the most dangerous."""

    CLASS_I = "CLASS_I"
    CLASS_II = "CLASS_II"
    CLASS_III = "CLASS_III"
    UNKNOWN = "UNKNOWN"


class RecallSource(StrEnum):
    """The authority that published a recall."""

    FDA = "FDA"
    FSIS = "FSIS"
    CPSC = "CPSC"
    HEALTH_CANADA = "HEALTH_CANADA"


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


class RecallOut(BaseModel):
    """A recall that concerns a product."""

    id: ShortId
    title: str
    status: RecallStatus
    source_system: RecallSource
    severity: RecallSeverity
    created: Timestamp
    description: str
    hazard: str
    remedy: str
    public_url: str
    company_name: str
    recall_date: date | None
    jurisdictions: list[str]


class CertificationFilters(BaseModel):
    """Which certifications of a product a list shows, and in which order."""

    verification_status: VerificationStatus | None = None
    is_active: bool | None = None
    ordering: str = "label"


class RecallFilters(BaseModel):
    """Which recalls of a product a list shows, and in which order."""

    status: RecallStatus | None = None
    severity: RecallSeverity | None = None
    source_system: RecallSource | None = None
    ordering: str = "-recall_date"
