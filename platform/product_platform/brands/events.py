"""What other domains may hear of brands."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BrandDeleted:
    """A brand was deleted, which *organization_id* owned."""

    brand_id: UUID
    organization_id: UUID | None


@dataclass(frozen=True, slots=True)
class BrandWebsiteSet:
    """A brand of *organization_id* has a website that it did not have, or that was nobody's."""

    organization_id: UUID
    at: datetime
