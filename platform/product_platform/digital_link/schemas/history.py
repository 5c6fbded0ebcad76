"""What goes over the wire about versions of a rule set, and how two differ."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId


class RuleChangeOut(BaseModel):
    """A rule before (null when it is new) and after (null when it is gone)."""

    model_config = ConfigDict(from_attributes=True)

    rule_id: ShortId
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class RuleVersionOut(BaseModel):
    """One change of an organization's rule set; versions count from 1."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    at: Timestamp
    author: str
    author_id: ShortId | None
    note: str
    changes: list[RuleChangeOut]


# As far as the numbers go that the database can hold.
VersionNumber: TypeAlias = Annotated[int, Field(ge=0, le=2**62)]


class VersionPair(BaseModel):
    """Two versions of a rule set; 0 is the empty one before the first."""

    first: VersionNumber = Field(alias="from")
    last: VersionNumber = Field(alias="to")


class FieldChangeOut(BaseModel):
    """The value of one field before and after."""

    before: Any
    after: Any


class RuleDiffOut(BaseModel):
    """How one rule differs between two versions, field by field."""

    model_config = ConfigDict(from_attributes=True)

    rule_id: ShortId
    kind: Literal["created", "changed", "deleted"]
    fields: dict[str, FieldChangeOut]
