"""What is known of the operation that a request is for."""

from dataclasses import dataclass
from typing import Any

from fastapi.dependencies.models import Dependant
from starlette.types import Scope

OPERATION = "operation"
"""Where a request's scope has its operation."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, and what FastAPI knows of it (None for a plain route).

    `is_open` says that it asks for no credential, or takes a publishable key; `needs_credential` that it
    asks for one. `reader` is the operation that shows what this one changes, at the same path.
    """

    method: str
    name: str
    is_open: bool = True
    needs_credential: bool = False
    dependant: Dependant | None = None
    response_model: Any = None
    reader: "Operation | None" = None

    def depends_on(self, call: Any) -> bool:
        """Tell whether the endpoint asks for *call*, itself or through what it depends on."""
        return self.dependant is not None and depends(self.dependant, call)


def find_operation(scope: Scope) -> Operation | None:
    """Return the operation that a request is for, once `RoutingMiddleware` has seen it."""
    operation: Operation | None = scope.get(OPERATION)
    return operation


def depends(dependant: Dependant, call: Any) -> bool:
    """Tell whether *dependant* asks for *call*, itself or through what it depends on."""
    return dependant.call is call or any(depends(each, call) for each in dependant.dependencies)
