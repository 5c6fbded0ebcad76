"""What other domains may hear of organizations."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OrganizationDeleted:
    """An organization was deleted; it may come back within 90 days, and takes its data with it till then."""

    organization_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class OrganizationRestored:
    """A deleted organization is back, and wants again what is still nobody's."""

    organization_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class OrganizationPurged:
    """A deleted organization will not come back: what was for it alone is of no use to anybody."""

    organization_id: UUID
    at: datetime
