"""What an explanation reads is all that can govern an identifier."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2
import pytest

from product_platform.digital_link import Explanations
from product_platform.kit.db import Connection
from rules_compiler import reference
from rules_compiler.gs1 import parse_path
from tests.factories import make_query
from tests.product_platform.digital_link.conftest import GTIN, create_rule

pytestmark = pytest.mark.servers

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRODUCT = f"/01/{GTIN}"
PLACE = "/414/9520000100117"


@pytest.mark.parametrize(
    ("scopes", "path"),
    [
        ((f"{PRODUCT}/21/S", f"{PRODUCT}/21/*", f"{PRODUCT}/10/A", PRODUCT), f"{PRODUCT}/10/A/21/S"),
        ((f"{PRODUCT}/22/V/10/A", f"{PRODUCT}/22/V/10/*", f"{PRODUCT}/22/*"), f"{PRODUCT}/22/V/10/A"),
        ((f"{PLACE}/254/DOCK", PLACE), f"{PLACE}/254/DOCK"),
    ],
)
async def test_every_level_is_considered_once_from_narrow_to_wide(
    client: httpx2.AsyncClient,
    rules_path: str,
    product: UUID,
    connection: Connection,
    scopes: tuple[str, ...],
    path: str,
) -> None:
    rules: list[dict[str, Any]] = [
        await create_rule(client, rules_path, scope_type="IDENTIFIER", scope_id=scope) for scope in scopes
    ]
    ais = parse_path(path.encode()).ais
    catalogue, _head = await Explanations("unverified").load(connection, ais, at=AT)
    considered = reference.consider(catalogue, make_query(ais=ais))
    assert [each.rule.id for each in considered] == [rule["id"] for rule in rules]
