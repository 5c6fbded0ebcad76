"""What other domains may hear of brands."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BrandDeleted:
    """A brand was deleted, which *organization_id* owned."""

    brand_id: UUID
    organization_id: UUID | None
