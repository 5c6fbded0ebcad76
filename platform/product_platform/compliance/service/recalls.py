"""The recalls of a product: all of them for its page, and those that go on for whoever may not sell it."""

import re
from typing import Final

from product_platform.compliance import repository
from product_platform.compliance.errors import RecalledProductNotFoundError, UnknownOrderingError
from product_platform.compliance.models import Recall
from product_platform.compliance.ports import Catalogue
from product_platform.compliance.schemas import OpenRecallFilters, RecallFilters
from product_platform.kit.db import Connection
from product_platform.kit.pagination import Page, PageQuery

_ORDERING: Final = re.compile(r"-?(recall_date|severity)")


class Recalls:
    """Reads recalls by GTIN, in the transaction of the connection that it is given.

    A recall is found by the GTINs that it names, whether or not their products are stored.
    """

    async def list_recalls(
        self, connection: Connection, gtin: str, query: PageQuery, *, filters: RecallFilters
    ) -> Page[Recall]:
        """Return a page of the recalls, also of those that are over."""
        return await repository.fetch_list(connection, gtin, query, filters=filters)

    async def list_open(
        self,
        connection: Connection,
        gtin: str,
        query: PageQuery,
        *,
        filters: OpenRecallFilters,
        catalogue: Catalogue,
    ) -> Page[Recall]:
        """Return a page of the recalls that go on, or of which it is not known whether they do.

        Raises UnknownOrderingError, and RecalledProductNotFoundError for what is not in the catalogue.
        """
        if not _ORDERING.fullmatch(filters.ordering):
            raise UnknownOrderingError(filters.ordering)
        if await catalogue.find(connection, gtin) is None:
            raise RecalledProductNotFoundError(gtin)
        return await repository.fetch_list(connection, gtin, query, filters=filters, only_open=True)

    async def fetch_all(self, connection: Connection, gtin: str) -> list[Recall]:
        """Return all recalls at once, the newest first."""
        return await repository.fetch_all(connection, gtin)
