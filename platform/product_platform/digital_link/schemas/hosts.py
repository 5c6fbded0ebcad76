"""What goes over the wire about hosts of an organization's own."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId


class HostIn(BaseModel):
    """The name that an organization wants to answer at."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=253, examples=["id.oats.example"])]


class TxtRecordOut(BaseModel):
    """The DNS record that proves a name."""

    model_config = ConfigDict(from_attributes=True)

    type: Literal["TXT"] = "TXT"
    name: str
    value: str


class HostOut(BaseModel):
    """A host of an organization; it answers there once `verified_at` is set."""

    model_config = ConfigDict(from_attributes=True)

    id: ShortId
    organization_id: ShortId
    name: str
    record: TxtRecordOut
    verified_at: Timestamp | None
    created: Timestamp
    modified: Timestamp
