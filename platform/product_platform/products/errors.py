"""Why a request about a product or a code is refused."""

from uuid import UUID

from product_platform.kit.errors import (
    ApiError,
    BadRequestError,
    ConflictError,
    Detail,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)
from product_platform.kit.ids import to_short


class ProductNotFoundError(NotFoundError):
    """No stored product has this GTIN."""

    def __init__(self, name: str, *, by: str = "GTIN") -> None:
        super().__init__(f"No product has the {by} {name}.")


class NutritionNotFoundError(NotFoundError):
    """The product has no nutrition panel."""

    def __init__(self, gtin: str) -> None:
        super().__init__(f"Nothing is known of the nutrition of the product {gtin}.")


class ClaimUnmovedError(ConflictError):
    """The claim is not where this could happen to it."""

    def __init__(self, gtin: str, status: str | None, event: str) -> None:
        super().__init__(f"The claim of the product {gtin} is {status or 'not there'}: it cannot be {event}.")


class ProductExistsError(ConflictError):
    """The GTIN is stored already, so it is to be claimed, not created."""

    def __init__(self, gtin: str) -> None:
        super().__init__(f"A product with the GTIN {gtin} exists. Claim it instead.")


class ProductTakenError(ConflictError):
    """Another organization claims the product."""

    def __init__(self, gtin: str) -> None:
        super().__init__(f"Another organization has claimed the product {gtin}.")


class ProductUnclaimedError(ConflictError):
    """There is no claim to release."""

    def __init__(self, gtin: str) -> None:
        super().__init__(f"Nobody has claimed the product {gtin}.")


class ProductNotOwnedError(ForbiddenError):
    """The caller may not do this to the product: it is another's, nobody's, or beyond the caller's role."""

    def __init__(self, gtin: str) -> None:
        super().__init__(f"The product {gtin} is not yours, or your role does not go that far.")


class OrganizationMissingError(BadRequestError):
    """The caller acts for several organizations, or none, and did not say for which."""

    def __init__(self) -> None:
        super().__init__("Give organization_id: you do not belong to exactly one organization.")


class RestrictedGtinError(InvalidError):
    """The GTIN lies under a restricted-circulation prefix, which nobody owns."""

    def __init__(self, gtin: str) -> None:
        message = f"{gtin} is a restricted-circulation number: it means another thing in every shop."
        super().__init__([Detail("gtin", message, "restricted_gtin")])


class ForeignBrandError(InvalidError):
    """The brand is not one of the organization that owns the product."""

    def __init__(self) -> None:
        message = "The organization that owns the product has no such brand."
        super().__init__([Detail("brand_id", message, "foreign_brand")])


class CodeTooSmallError(InvalidError):
    """The image has fewer pixels than the code has modules."""

    def __init__(self, size: int, least: int) -> None:
        message = f"{size} pixels are too few for this code, which needs {least} at least."
        super().__init__([Detail("size", message, "too_small")])


class PrefixTakenError(ConflictError):
    """The company prefix is another organization's."""

    def __init__(self, prefix: str) -> None:
        super().__init__(f"The company prefix {prefix} is another organization's.")


class NotABrandError(ConflictError):
    """Only an organization that is a brand has domains that count for its claims."""

    def __init__(self, organization_id: UUID) -> None:
        super().__init__(f"No organization with the id {to_short(organization_id)!r} is a brand.")


class InkMissingError(InvalidError):
    """Only EPS says with which inks it is printed."""

    def __init__(self) -> None:
        super().__init__([Detail("cmyk", "cmyk is for the format eps alone.", "cmyk_needs_eps")])


class InstanceMissingError(InvalidError):
    """A GS1 DataMatrix here names a lot or a serial; a GTIN alone fits a linear barcode."""

    def __init__(self) -> None:
        message = "Give a lot, a serial, or both."
        super().__init__([Detail("lot", message, "lot_or_serial_missing")])


class UnreadableCsvError(InvalidError):
    """No row of the file can be read."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__([Detail("file", message, code)])


class FileTooLargeError(ApiError):
    """The file is larger than is taken."""

    status = 413
    code = "PAYLOAD_TOO_LARGE"

    def __init__(self, most_bytes: int) -> None:
        super().__init__(f"The file is larger than {most_bytes // 2**20} MiB: send it in parts.")


class NoBrandOrganizationError(ForbiddenError):
    """The caller belongs to no organization that is a brand."""

    def __init__(self) -> None:
        super().__init__("Only a member of an organization that is a brand can import a catalogue.")


class JobNotFoundError(NotFoundError):
    """There is no such job, or it is somebody else's."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"No job has the id {job_id!r}.")


class DownloadNotFoundError(NotFoundError):
    """The link is not good, or not any more."""

    def __init__(self) -> None:
        super().__init__("This link leads to no file, or does not any more. Ask for the status of the order.")
