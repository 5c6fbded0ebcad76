"""The API of products, mounted at /products/api/v1."""

from fastapi import APIRouter

from product_platform.products.endpoints import browse, bulk, codes, content, imports, products

router = APIRouter(tags=["products"])
for part in (products, content, browse, imports, codes, bulk):
    router.include_router(part.router)
