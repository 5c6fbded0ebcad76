"""What goes over the wire about accounts."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, EmailStr, Field, StringConstraints

from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId
from product_platform.kit.listing import OrderedBy
from product_platform.kit.metadata import Metadata
from product_platform.kit.permissions import KeyType, Role
from product_platform.kit.values import Country

OrganizationName: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)
]
KeyRole: TypeAlias = Literal[Role.MANAGER, Role.EDITOR, Role.READONLY]
OrganizationKeyType: TypeAlias = Literal[KeyType.BUSINESS, KeyType.PUBLISHABLE]
MemberRole: TypeAlias = Literal[Role.OWNER, Role.MANAGER, Role.BILLING, Role.EDITOR]
Email: TypeAlias = Annotated[EmailStr, StringConstraints(max_length=254)]
# What is too short to be good, or long enough to keep the server busy, is no password.
NewPassword: TypeAlias = Annotated[str, StringConstraints(min_length=12, max_length=1_000)]
GivenPassword: TypeAlias = Annotated[str, StringConstraints(max_length=1_000)]
KeyName: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Description: TypeAlias = Annotated[str, StringConstraints(max_length=255)]
# What the database holds in an integer column; 0 stands for the default of all keys.
RateLimit: TypeAlias = Annotated[int, Field(ge=0, lt=2**31)]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class OrganizationOut(_Out):
    """An organization as its members see it."""

    id: ShortId
    name: str
    country: str
    is_brand: bool
    metadata: dict[str, str]


class OrganizationCreate(BaseModel):
    """A new organization; whoever creates it owns it."""

    name: OrganizationName
    country: Country
    is_brand: bool = False
    metadata: Metadata | None = None


class OrganizationUpdate(BaseModel):
    """What an owner changes; an absent or null field stays, but null clears metadata."""

    name: OrganizationName | None = None
    country: Country | None = None
    is_brand: bool | None = None
    metadata: Metadata | None = None


class OrganizationRef(_Out):
    """An organization by name."""

    id: ShortId
    name: str


class ApiKeyOut(_Out):
    """An API key without the key itself."""

    id: ShortId
    name: str
    role: KeyRole
    description: str
    created: datetime
    metadata: dict[str, str]
    key_type: OrganizationKeyType
    is_active: bool
    expires_at: datetime | None
    last_used: datetime | None
    rate_limit_per_minute: int
    rate_limit_per_day: int


class ApiKeyCreatedOut(ApiKeyOut):
    """A new API key. `key` is shown here and nowhere else."""

    key: str


class ApiKeyCreate(BaseModel):
    """A new key of an organization; a publishable key reads, whatever its role."""

    name: KeyName
    description: Description = ""
    role: KeyRole = Role.READONLY
    metadata: Metadata | None = None
    key_type: OrganizationKeyType = KeyType.BUSINESS
    expires_at: Timestamp | None = None
    rate_limit_per_minute: RateLimit = 0
    rate_limit_per_day: RateLimit = 0


class ApiKeyUpdate(BaseModel):
    """What may change of a key; an absent or null field stays, but null clears metadata."""

    name: KeyName | None = None
    description: Description | None = None
    metadata: Metadata | None = None
    is_active: bool | None = None


class MemberOut(_Out):
    """A member of an organization; `id` is that of the membership."""

    id: ShortId
    user_email: str
    user_name: str
    user_metadata: dict[str, str]
    role: MemberRole
    role_display: str


class MemberCreate(BaseModel):
    """Whom to invite; a user who does not exist is created."""

    email: Email
    role: MemberRole = Role.EDITOR


class MemberUpdate(BaseModel):
    """The new role of a member."""

    role: MemberRole


class MemberFilters(BaseModel):
    """Which members a list shows: `role`, and `q`, a part of the name or address. Nobody is a `viewer`."""

    role: Literal[Role.OWNER, Role.MANAGER, Role.BILLING, Role.EDITOR, "viewer"] | None = None
    q: str = ""


class AuditEntryOut(_Out):
    """One write by one request: `action` names the operation; of a session `key_id` is null."""

    id: int
    at: datetime
    user_id: ShortId | None
    key_id: ShortId | None
    action: str
    method: str
    path: str
    request_id: str


class AuditFilters(BaseModel):
    """Whose writes a list shows, and of when: from `since` on, before `until`."""

    action: str | None = None
    user_id: ShortId | None = None
    key_id: ShortId | None = None
    since: Timestamp | None = None
    until: Timestamp | None = None
    ordering: Annotated[str, OrderedBy("at")] = "-at"


class SessionCreate(BaseModel):
    """Who logs in."""

    email: str
    password: GivenPassword


class SessionConfirm(BaseModel):
    """The password of the person who is logged in."""

    password: GivenPassword


class SessionOut(_Out):
    """Who is logged in, and until when; `csrf_token` goes into the header X-CSRFToken of each write."""

    user_id: ShortId
    email: str
    name: str
    authenticated_at: datetime
    expires_at: datetime
    csrf_token: str


class PasswordRequest(BaseModel):
    """Who has no password or has forgotten it."""

    email: str


class PasswordSet(BaseModel):
    """A new password, and the token of the link that was sent for it."""

    token: str
    password: NewPassword


class WhoamiKeyOut(_Out):
    """The key that the request came with."""

    id: ShortId
    role: KeyRole | Literal[Role.OWNER]
    description: str
    created: datetime
    metadata: dict[str, str]


class WhoamiOut(_Out):
    """The caller."""

    user_id: ShortId
    email: str
    organizations: list[OrganizationRef]
    metadata: dict[str, str]
    api_key: WhoamiKeyOut | None
