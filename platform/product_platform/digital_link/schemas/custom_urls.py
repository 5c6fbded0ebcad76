"""What goes over the wire about targets of rules."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId


class CustomUrlStatus(StrEnum):
    """What is known of a target; only UNREACHABLE is dead."""

    UNKNOWN = "UNKNOWN"
    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"
    UNREACHABLE = "UNREACHABLE"


class CustomUrlOut(BaseModel):
    """A target that an organization's rules lead to, and its health."""

    model_config = ConfigDict(from_attributes=True)

    id: ShortId
    url: str
    status: CustomUrlStatus
    organization_id: ShortId
    created: Timestamp
    modified: Timestamp
    last_checked_at: Timestamp | None


class CustomUrlIn(BaseModel):
    """The one thing about a target that its owner writes."""

    model_config = ConfigDict(extra="forbid")

    url: str


class CustomUrlRecord(BaseModel):
    """A target in a file, and what is known of it; nothing new when `status` is absent."""

    url: str
    status: CustomUrlStatus | None = None
