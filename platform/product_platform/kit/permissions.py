"""Who may do what: roles, permissions, and the principal that a credential stands for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from product_platform.kit.errors import ForbiddenError, NotFoundError
from product_platform.kit.ids import to_short
from product_platform.kit.quotas import DEFAULT_QUOTAS, Quotas


class Role(StrEnum):
    """What a member or a key is in an organization. READONLY is for keys, OWNER and BILLING for people."""

    OWNER = "owner"
    MANAGER = "manager"
    EDITOR = "editor"
    BILLING = "billing"
    READONLY = "readonly"


class Permission(StrEnum):
    """One thing that a principal may do in an organization."""

    VIEW = "VIEW"
    MANAGE_ORG = "MANAGE_ORG"
    MANAGE_BILLING = "MANAGE_BILLING"
    MANAGE_MEMBERS = "MANAGE_MEMBERS"
    MANAGE_API_KEYS = "MANAGE_API_KEYS"
    MANAGE_OFFERS = "MANAGE_OFFERS"
    MANAGE_INTEGRATIONS = "MANAGE_INTEGRATIONS"
    CONTRIBUTE = "CONTRIBUTE"  # edit products, images and custom URLs
    CLAIM = "CLAIM"  # claim and unclaim products, write brands
    CHANGE_RULES = "CHANGE_RULES"


Permissions: TypeAlias = frozenset[Permission]

_EDITOR = frozenset({Permission.VIEW, Permission.MANAGE_OFFERS, Permission.CONTRIBUTE})
PERMISSIONS: Mapping[Role, Permissions] = {
    Role.OWNER: frozenset(Permission),
    Role.MANAGER: frozenset(Permission) - {Permission.MANAGE_ORG},
    Role.EDITOR: _EDITOR,
    Role.BILLING: frozenset({Permission.VIEW, Permission.MANAGE_BILLING}),
    Role.READONLY: frozenset({Permission.VIEW}),
}
"""The matrix of roles and permissions."""


class KeyType(StrEnum):
    """What an API key stands for: an organization, a user, or an organization's public pages."""

    BUSINESS = "csb"
    USER = "csu"
    PUBLISHABLE = "cpk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever sent the request, and what they may do where.

    `user_id` is the user who acts: of a business key, the one who created it. `organizations`
    holds every organization that the principal sees, and no other. `authenticated_at` is when a person
    who is logged in last gave the password; None where a key was sent. `acted_in` grows with each
    organization in which this one request uses a permission, for the audit log.
    """

    user_id: UUID
    key_id: UUID | None = None
    key_type: KeyType | None = None
    organizations: Mapping[UUID, Permissions] = field(default_factory=dict)
    authenticated_at: datetime | None = None
    quotas: Quotas = DEFAULT_QUOTAS
    acted_in: list[UUID] = field(default_factory=list, compare=False, repr=False)

    @property
    def credential_id(self) -> UUID:
        """What the caller came with: the key, or the user of a session."""
        return self.key_id or self.user_id

    def sees(self, organization_id: UUID | None) -> bool:
        """Tell whether the organization's own data are visible to this principal."""
        return organization_id in self.organizations

    def can(self, permission: Permission, organization_id: UUID | None) -> bool:
        """Tell whether the principal has *permission* in the organization."""
        if organization_id is None or permission not in self.organizations.get(organization_id, ()):
            return False
        if permission is not Permission.VIEW:
            self.acted_in.append(organization_id)
        return True

    def require(self, permission: Permission, organization_id: UUID, *, hidden: bool = False) -> None:
        """Refuse unless the principal has *permission*: 404 for a stranger, 403 for a member.

        Where the contract hides existence (*hidden*) a member too gets 404.
        """
        if self.can(permission, organization_id):
            return
        if hidden or not self.sees(organization_id):
            raise OrganizationNotFoundError(organization_id)
        raise PermissionMissingError(permission)


class OrganizationNotFoundError(NotFoundError):
    """No organization that the caller sees has this id."""

    def __init__(self, organization_id: UUID) -> None:
        super().__init__(f"No organization has the id {to_short(organization_id)!r}.")


class PermissionMissingError(ForbiddenError):
    """The caller belongs to the organization, but the role does not go that far."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(f"This needs the permission {permission.value}, which your role does not have.")
