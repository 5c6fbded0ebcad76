"""Why a request about accounts is refused."""

from uuid import UUID

from product_platform.kit.errors import (
    ConflictError,
    Detail,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthorizedError,
)
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


class MemberNotFoundError(NotFoundError):
    """The organization has no member with this id, which is not that of a user."""

    def __init__(self, member_id: UUID) -> None:
        super().__init__(f"No member has the id {to_short(member_id)!r}. Give that of the membership.")


class MemberExistsError(ConflictError):
    """The user belongs to the organization already."""

    def __init__(self, email: str) -> None:
        super().__init__(f"{email!r} is a member already. Change the role of that member instead.")


class LastOwnerError(ConflictError):
    """An organization keeps at least one owner."""

    def __init__(self) -> None:
        super().__init__("This is the last owner. Make another member an owner first.")


class ReauthenticationRequiredError(ForbiddenError):
    """The person gave the password too long ago for this."""

    def __init__(self, minutes: int) -> None:
        super().__init__(
            f"Give your password again first (POST /session/reauthenticate): that has to be less than "
            f"{minutes} minutes ago to delete an organization."
        )


class LoginRefusedError(UnauthorizedError):
    """The address or the password is wrong; which of them is not told."""

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class PasswordWrongError(ForbiddenError):
    """The password is not that of the person who is logged in."""

    def __init__(self) -> None:
        super().__init__("The password is wrong.")


class NotLoggedInError(NotFoundError):
    """The request came by an API key, which has no session."""

    def __init__(self) -> None:
        super().__init__("There is no session: an API key needs none.")


class PasswordLinkBadError(InvalidError):
    """The token of a link to set a password is wrong, used up or too old."""

    def __init__(self) -> None:
        message = "The link is wrong, was used already, or is too old. Ask for a new one."
        super().__init__([Detail("token", message, "password_link_bad")])
