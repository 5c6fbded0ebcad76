"""What goes over the wire about changes that nobody has made yet, and about what they would do."""

from typing import Annotated, Any, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from product_platform.digital_link.schemas.bodies import BodyOf
from product_platform.digital_link.schemas.explain import ExplainRequest, check_near
from product_platform.digital_link.schemas.rules import EXAMPLE, RuleCreateBody, RuleOrder
from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId


class NotOneChangeError(ValueError):
    """An entry of a draft says no change, or several."""

    code = "not_one_change"

    def __init__(self) -> None:
        super().__init__("Give one of create, update, delete and reorder.")


class RuleNamed(BaseModel):
    """The rule to delete."""

    model_config = ConfigDict(extra="forbid")

    id: ShortId


class RuleUpdate(BaseModel):
    """The rule to change, and beside its id the fields of a PATCH."""

    model_config = ConfigDict(extra="allow")

    id: ShortId

    @property
    def fields(self) -> dict[str, Any]:
        """The fields to change, as they were written."""
        return dict(self.model_extra or {})


class DraftChange(BaseModel):
    """One change of the rules: one of these keys, with what the request of its own would have."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"create": EXAMPLE}]})

    create: RuleCreateBody | None = None
    update: RuleUpdate | None = None
    delete: RuleNamed | None = None
    reorder: Annotated[list[RuleOrder], Field(min_length=1, max_length=500)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(change is not None for _, change in self) != 1:
            raise NotOneChangeError
        return self

    @property
    def kind(self) -> str:
        """The name of the one key that is there."""
        return next(name for name, change in self if change is not None)


# Read when its turn comes, so that all that is wrong with a draft is told in one answer.
DraftChangeBody: TypeAlias = Annotated[dict[str, Any], BodyOf(DraftChange)]


class Simulation(BaseModel):
    """A draft of changes, and the requests to try it on: by default the most frequent recent scans."""

    model_config = ConfigDict(extra="forbid")

    changes: Annotated[list[DraftChangeBody], Field(min_length=1, max_length=100)]
    requests: Annotated[list[ExplainRequest], Field(min_length=1, max_length=200)] | None = None
    at: Annotated[Timestamp, AfterValidator(check_near)] | None = None


class RequestOut(BaseModel):
    """A request that was tried."""

    model_config = ConfigDict(from_attributes=True)

    uri: str
    at: Timestamp
    headers: dict[str, str]
    country: str | None


class SimulatedAnswerOut(BaseModel):
    """What the edge answers; a rule that the draft creates is called `changes[i]`."""

    status: int
    location: str | None
    rule_id: str | None


class ChangedAnswerOut(BaseModel):
    """A request that is answered otherwise by the draft, and how often it was scanned."""

    request: RequestOut
    count: int
    before: SimulatedAnswerOut
    after: SimulatedAnswerOut


class SimulationOut(BaseModel):
    """How many requests were tried, how many change, and what share of the traffic these are."""

    requests: int
    changed: int
    share: float
    answers: list[ChangedAnswerOut]
