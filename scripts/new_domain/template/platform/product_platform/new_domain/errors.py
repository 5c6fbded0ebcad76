"""Why a request is refused."""

from uuid import UUID

from product_platform.kit.errors import NotFoundError
from product_platform.kit.ids import to_short


class ItemNotFoundError(NotFoundError):
    """No item that the caller may see has this id."""

    def __init__(self, item_id: UUID) -> None:
        super().__init__(f"No item has the id {to_short(item_id)!r}.")
