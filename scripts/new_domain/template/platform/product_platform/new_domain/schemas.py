"""What goes over the wire of the domain."""

from typing import Annotated

from pydantic import BaseModel

from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId
from product_platform.kit.listing import OrderedBy


class ItemOut(BaseModel):
    """An item, in a list or on its own."""

    id: ShortId
    organization_id: ShortId
    name: str
    created: Timestamp


class ItemFilters(BaseModel):
    """Whose items a list shows, and in which order."""

    organization_id: ShortId
    ordering: Annotated[str, OrderedBy("name", "created")] = "name"
