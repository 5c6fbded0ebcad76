"""The API of products, mounted at /products/api/v1."""

from fastapi import APIRouter

from product_platform.products.endpoints import browse, codes, content, products

router = APIRouter(tags=["products"])
for part in (products, content, browse, codes):
    router.include_router(part.router)
