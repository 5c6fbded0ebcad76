"""A brand as a value, and when two names are the same."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

SOCIAL_FIELDS = (
    "instagram",
    "facebook",
    "twitter",
    "linkedin",
    "youtube",
    "tiktok",
    "pinterest",
    "threads",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """One active brand; nobody has claimed it while `organization_id` is None."""

    id: UUID
    organization_id: UUID | None
    name: str
    website: str
    description: str
    logo_url: str | None
    instagram: str
    facebook: str
    twitter: str
    linkedin: str
    youtube: str
    tiktok: str
    pinterest: str
    threads: str
    metadata: dict[str, str]
    created: datetime

    @property
    def has_social_links(self) -> bool:
        """Whether the brand names any of its profiles elsewhere."""
        return any(getattr(self, name) for name in SOCIAL_FIELDS)


def to_name_key(name: str) -> str:
    """Return *name* as it is compared: trimmed, inner spaces collapsed, lower case."""
    return " ".join(name.split()).lower()
