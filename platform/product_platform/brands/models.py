"""A brand as a value, and when two names are the same."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from product_platform.brands.schemas import BrandDetailOut, BrandOut, BrandSummaryOut
from product_platform.kit.files import to_public_url

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
    logo_key: str | None
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

    def to_out(self, base_url: str) -> BrandOut:
        """Return the brand as a list shows it."""
        return BrandOut.model_validate(self._show(base_url))

    def to_detail(self, base_url: str) -> BrandDetailOut:
        """Return the brand as it is shown on its own."""
        return BrandDetailOut.model_validate(self._show(base_url))

    def to_summary(self, base_url: str) -> BrandSummaryOut:
        """Return the brand as shoppers see it."""
        return BrandSummaryOut.model_validate(self._show(base_url))

    def _show(self, base_url: str) -> dict[str, Any]:
        logo_url = None if self.logo_key is None else to_public_url(base_url, self.logo_key)
        return {**asdict(self), "has_social_links": self.has_social_links, "logo_url": logo_url}


def to_name_key(name: str) -> str:
    """Return *name* as it is compared: trimmed, inner spaces collapsed, lower case."""
    return " ".join(name.split()).lower()
