"""The API of rules, their targets, hosts and serials, mounted at /resolver/api/v1."""

from fastapi import APIRouter

from product_platform.digital_link.endpoints import custom_urls, hosts, insights, rules, serials

router = APIRouter(tags=["resolver"])
for part in (rules, insights, custom_urls, hosts, serials):
    router.include_router(part.router)
