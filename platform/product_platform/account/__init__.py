"""Accounts: organizations, the users who belong to them, and the API keys that act for both."""

from product_platform.account.endpoints import router
from product_platform.account.events import OrganizationDeleted, OrganizationPurged, OrganizationRestored
from product_platform.account.models import ApiKey, Credential, Organization, User
from product_platform.account.schemas import OrganizationCreate, OrganizationUpdate
from product_platform.account.service.accounts import Accounts
from product_platform.account.service.invitations import PASSWORD_PATH
from product_platform.account.service.tokens import to_csrf_token
from product_platform.account.service.tombstones import Tombstones
from product_platform.account.tasks import JOBS

__all__ = [
    "JOBS",
    "PASSWORD_PATH",
    "Accounts",
    "ApiKey",
    "Credential",
    "Organization",
    "OrganizationCreate",
    "OrganizationDeleted",
    "OrganizationPurged",
    "OrganizationRestored",
    "OrganizationUpdate",
    "Tombstones",
    "User",
    "router",
    "to_csrf_token",
]
