"""What endpoints of one product depend on."""

from typing import Annotated

from fastapi import Depends, Request

from product_platform.kit.db import Connection
from product_platform.kit.dependencies import open_transaction
from product_platform.products.schemas.fields import WrittenGtin


async def open_for_product(request: Request, gtin: WrittenGtin) -> Connection:  # noqa: ARG001 - is checked
    """Begin the transaction of a request for a GTIN: of one that is malformed the database never hears."""
    return await open_transaction(request)


ProductConnectionDep = Annotated[Connection, Depends(open_for_product)]
