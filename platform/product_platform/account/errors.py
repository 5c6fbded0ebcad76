"""Why a request about accounts is refused."""

from uuid import UUID

from product_platform.kit.errors import ConflictError, Detail, ForbiddenError, InvalidError, NotFoundError
from product_platform.kit.ids import to_short


class ApiKeyNotFoundError(NotFoundError):
    """The organization has no API key with this id."""

    def __init__(self, key_id: UUID) -> None:
        super().__init__(f"No API key has the id {to_short(key_id)!r}.")


class EmailTakenError(ConflictError):
    """A user with this address exists, in whatever case it is written."""

    def __init__(self, email: str) -> None:
        super().__init__(f"A user with the e-mail address {email!r} exists already.")


class UserRequiredError(ForbiddenError):
    """Only a user can do this; the key acts for an organization."""

    def __init__(self) -> None:
        super().__init__("Only a user can create an organization. Use a user key (csu).")


class ExpiryPassedError(InvalidError):
    """A key must live for some time after its creation."""

    def __init__(self) -> None:
        super().__init__([Detail("expires_at", "It must lie in the future.", "not_in_future")])
