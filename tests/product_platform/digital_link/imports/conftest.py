"""Import a document, and ask the edge that serves it."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from product_platform.digital_link import (
    Document,
    DocumentFormat,
    DocumentReport,
    Publisher,
    import_document,
)
from product_platform.kit.services import Services
from product_platform.products import Products
from rules_compiler.dict_table import DictTable
from tests.product_platform.catalogue import make_principal
from tests.product_platform.digital_link.conftest import announce_changes
from tests.resolver.edge_client import EdgeClient

Import = Callable[..., Awaitable[DocumentReport]]
Serve = Callable[[], Awaitable[EdgeClient]]


@pytest.fixture
def load(services: Services, organization: UUID) -> Import:
    async def load(document: Any, **options: Any) -> DocumentReport:
        return await import_document(
            services.database,
            Document(
                document if isinstance(document, bytes) else json.dumps(document).encode(),
                options.pop("document_format", DocumentFormat.GS1_RESOLVER_CE),
            ),
            organization_id=options.pop("organization", organization),
            principal=options.pop("principal", make_principal(organization)),
            clock=services.clock,
            **options,
        )

    return load


@pytest.fixture
def serve(services: Services, organization: UUID, organization_key: str) -> Serve:
    async def serve() -> EdgeClient:
        await announce_changes(services.database, organization, organization_key)
        async with services.database.pool.acquire() as connection:
            publisher = Publisher(
                connection, services.bus, load_facts=Products.facts, min_claim_tier="unverified"
            )
            number = 0
            while (published := await publisher.publish_once()) is not None:
                number = published
            rows = await connection.fetch("SELECT key, bytes FROM slices")
        edge = EdgeClient(None)
        edge.holder.replace(DictTable(number, {row["key"]: row["bytes"] for row in rows}))
        return edge

    return serve
