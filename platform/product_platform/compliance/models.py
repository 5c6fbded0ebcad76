"""A recall as a value."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from product_platform.compliance.schemas import RecallOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """One recall. Which products it concerns is told by their GTINs, beside it."""

    id: UUID
    title: str
    status: str
    source_system: str
    severity: str
    created: datetime
    description: str
    hazard: str
    remedy: str
    public_url: str
    company_name: str
    recall_date: date | None
    jurisdictions: list[str]

    def to_out(self) -> RecallOut:
        """Return the recall as it is shown."""
        return RecallOut.model_validate(asdict(self))
