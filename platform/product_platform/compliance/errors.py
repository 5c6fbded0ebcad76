"""Why a request about recalls is refused."""

from product_platform.kit.errors import BadRequestError, NotFoundError


class RecalledProductNotFoundError(NotFoundError):
    """No stored product has this GTIN."""

    def __init__(self, gtin: str) -> None:
        super().__init__(f"No product has the GTIN {gtin}.")


class UnknownOrderingError(BadRequestError):
    """Recalls cannot be ordered by this."""

    def __init__(self, ordering: str) -> None:
        super().__init__(f"{ordering!r} is neither recall_date nor severity, with or without a leading '-'.")
