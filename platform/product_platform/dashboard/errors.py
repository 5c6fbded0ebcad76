"""Why a request for analytics is refused."""

from uuid import UUID

from product_platform.kit.errors import BadRequestError, Detail, InvalidError, NotFoundError
from product_platform.kit.ids import to_short


class OrganizationAmbiguousError(BadRequestError):
    """The caller acts for several organizations, or none, and did not say for which."""

    def __init__(self) -> None:
        super().__init__("Give organization_id: you do not belong to exactly one organization.")


class BrandOfOthersError(NotFoundError):
    """The organization owns no brand with this id."""

    def __init__(self, brand_id: UUID) -> None:
        super().__init__(f"The organization has no brand with the id {to_short(brand_id)!r}.")


class WindowInvalidError(InvalidError):
    """The days asked for are no window that can be counted."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__([Detail("query.since", message, code)])
