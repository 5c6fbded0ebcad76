"""Give a running installation what the grammar asks for, so that its requests lead somewhere."""

from tests.factories import GTIN
from tests.integration.clients import Brand
from tests.integration.running import Up, wait_until


def fill(up: Up) -> str:
    """Make the product of the grammar with some rules, and return its GTIN when every worker serves it."""
    owner = Brand(up.port, up.ready["api_key"], up.ready["organization_id"])
    body = {"gtin": GTIN, "organization_id": owner.organization_id, "product_name": "Oat drink"}
    owner.call("POST", "/products/api/v1/products", body)
    owner.make_product_rule(GTIN, "https://example.com/{gtin}")
    owner.make_product_rule(GTIN, "https://example.com/fr", languages=["fr"], order_index=5)
    owner.make_rule("https://example.com/lot", scope_type="BATCH", scope_id="ABC", product_id=GTIN)
    wait_until(lambda: up.get(f"/01/{GTIN}?linkType=linkset")[0] == 200, what="the product at the edge")
    return GTIN
