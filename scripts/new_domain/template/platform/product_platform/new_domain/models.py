"""An item as a value."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from product_platform.new_domain.schemas import ItemOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of an organization."""

    id: UUID
    organization_id: UUID
    name: str
    created: datetime

    def to_out(self) -> ItemOut:
        """Return the item as it is shown."""
        return ItemOut.model_validate(asdict(self))
