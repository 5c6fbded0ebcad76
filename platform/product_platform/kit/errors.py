"""Refusals: each a class with a status and a stable code, rendered in one place."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Detail:
    """One failing field: where it is (`items[2].gtin`, `query.page`), what is wrong, and its code."""

    field: str
    message: str
    code: str | None = None


class ApiError(Exception):
    """A request is refused. The message is for the caller: the value, what is wrong, what to do."""

    status: int = 500
    code: str = "INTERNAL_ERROR"

    def __init__(self, message: str, details: Sequence[Detail] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class BadRequestError(ApiError):
    """The request cannot be read, or breaks a rule that is documented as 400."""

    status = 400
    code = "BAD_REQUEST"


class UnauthorizedError(ApiError):
    """The credential is missing or bad. All causes read the same, so none of them can be probed."""

    status = 401
    code = "UNAUTHORIZED"

    def __init__(self, message: str = "Give a valid API key in the header X-API-Key.") -> None:
        super().__init__(message)


class ForbiddenError(ApiError):
    """The caller may see the object but not do this to it."""

    status = 403
    code = "FORBIDDEN"


class NotFoundError(ApiError):
    """The object does not exist, or the caller may not know that it does."""

    status = 404
    code = "NOT_FOUND"


class MethodNotAllowedError(ApiError):
    """The path is served, but not by that method."""

    status = 405
    code = "METHOD_NOT_ALLOWED"

    def __init__(self) -> None:
        super().__init__("This path does not have that method.")


class ConflictError(ApiError):
    """The object exists already, or its state forbids this."""

    status = 409
    code = "CONFLICT"


class InvalidError(ApiError):
    """Fields of the request are wrong; `details` names every one of them."""

    status = 422
    code = "VALIDATION_ERROR"

    def __init__(self, details: Sequence[Detail], message: str = "The request has invalid fields.") -> None:
        super().__init__(message, details)


class RateLimitedError(ApiError):
    """The caller has made all the requests that a window allows; another can be made in *retry_after_s*."""

    status = 429
    code = "RATE_LIMITED"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("Too many requests.")
        self.retry_after_s = retry_after_s
