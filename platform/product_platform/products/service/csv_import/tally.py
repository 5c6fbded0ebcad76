"""What became of the rows of a file so far."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(slots=True)
class Tally:
    """How many rows were created, updated or skipped, and why others were refused."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_json` has written; nothing written is an empty tally."""
        return cls(**stored)

    def to_json(self) -> dict[str, Any]:
        """Return the tally as JSON."""
        return asdict(self)

    def refuse(self, line: int, message: str, column: str | None) -> None:
        """Note that a row was not stored."""
        self.errors.append({"line": line, "message": message, "column": column})

    def to_result(self) -> dict[str, Any]:
        """Return what the API answers in the end."""
        errors = sorted(self.errors, key=lambda error: int(error["line"]))
        done = self.created + self.updated + self.skipped
        return {
            **self.to_json(),
            "total_rows": done + len(errors),
            "error_count": len(errors),
            "errors": errors,
        }
