"""What goes over the wire about requests to explain."""

from datetime import datetime
from typing import Annotated, Any, Final, TypeAlias

from fastapi import Body
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel

from product_platform.digital_link.schemas.bodies import BodyOf
from product_platform.kit.clock import Timestamp

_FIRST_YEAR: Final = 1970
_END_YEAR: Final = 2500


def check_near(value: datetime) -> datetime:
    """Return *value* unless the clocks of some zone could not show it; raises ValueError."""
    if not _FIRST_YEAR <= value.year < _END_YEAR:
        raise ValueError(f"Ask about the years {_FIRST_YEAR} to {_END_YEAR - 1}.")
    return value


class ExplainRequest(BaseModel):
    """A request to explain, at the present unless `at` says another instant."""

    model_config = ConfigDict(extra="forbid")

    uri: Annotated[str, Field(max_length=8192)]
    at: Annotated[Timestamp, AfterValidator(check_near)] | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    country: Annotated[str, Field(pattern="^[A-Za-z]{2}$")] | None = None


ExplainBatch: TypeAlias = Annotated[list[ExplainRequest], Field(min_length=1, max_length=100)]
ExplainBody: TypeAlias = Annotated[Any, Body(), BodyOf(RootModel[ExplainRequest | ExplainBatch])]
