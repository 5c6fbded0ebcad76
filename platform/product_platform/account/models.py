"""Users, organizations and keys as values."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from product_platform.account.schemas import MemberOut, MemberRole
from product_platform.kit.permissions import KeyType, Principal, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may belong to organizations."""

    id: UUID
    email: str
    name: str
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A company that owns brands, claims products and writes rules."""

    id: UUID
    name: str
    country: str
    is_brand: bool
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is known of a key; the key itself is not."""

    id: UUID
    key_type: KeyType
    organization_id: UUID | None
    user_id: UUID
    name: str
    description: str
    role: Role
    metadata: dict[str, str]
    is_active: bool
    expires_at: datetime | None
    last_used: datetime | None
    rate_limit_per_minute: int
    rate_limit_per_day: int
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A user in an organization; `id` is that of the membership."""

    id: UUID
    user_id: UUID
    role: MemberRole
    email: str
    name: str
    metadata: dict[str, str]

    def to_out(self) -> MemberOut:
        """Return the member as other members see it."""
        return MemberOut(
            id=self.id,
            user_email=self.email,
            user_name=self.name,
            user_metadata=self.metadata,
            role=self.role,
            role_display=self.role.value.capitalize(),
        )


@dataclass(frozen=True, slots=True)
class Credential:
    """A good key: whom it stands for, and when its use was last written down."""

    principal: Principal
    key_id: UUID
    last_used: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person who is logged in until `expires_at`, and last gave the password at `authenticated_at`."""

    user: User
    authenticated_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The caller: the user who acts, the organizations in sight, and the key of the request."""

    user: User
    organizations: list[Organization]
    key: ApiKey | None
