"""The API of accounts, mounted at /account/api/v1."""

from fastapi import APIRouter

from product_platform.account.endpoints import api_keys, audit_log, members, organizations, sessions

router = APIRouter(tags=["account"])
for part in (sessions, organizations, members, api_keys, audit_log):
    router.include_router(part.router)
