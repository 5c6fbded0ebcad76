"""Why a request about a brand is refused."""

from uuid import UUID

from product_platform.kit.errors import ConflictError, Detail, ForbiddenError, InvalidError, NotFoundError
from product_platform.kit.ids import to_short


class BrandNotFoundError(NotFoundError):
    """No active brand has this id."""

    def __init__(self, brand_id: UUID) -> None:
        super().__init__(f"No brand has the id {to_short(brand_id)!r}.")


class BrandTakenError(ConflictError):
    """A brand of this name belongs to an organization already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"A brand named {name!r} already belongs to an organization.")


class LogoRefusedError(InvalidError):
    """The file cannot be a logo."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__([Detail("logo", message, code)])


class BrandNotOwnedError(ForbiddenError):
    """The caller may not change this brand: somebody else's, nobody's, or beyond the caller's role."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Only an owner or manager of its organization may change the brand {name!r}.")
