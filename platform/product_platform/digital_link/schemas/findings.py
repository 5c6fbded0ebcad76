"""What goes over the wire about what lint found."""

from pydantic import BaseModel, ConfigDict

from rules_compiler.lint import Severity


class FindingOut(BaseModel):
    """What lint found in a rule, named first, and in another one behind it where there is one."""

    model_config = ConfigDict(from_attributes=True)

    severity: Severity
    code: str
    rule_ids: list[str]
    field: str
    message: str


class FindingList(BaseModel):
    """All that lint found, errors first."""

    data: list[FindingOut]
