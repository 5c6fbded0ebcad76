"""What a label says: pictures, ingredients, nutrition; and all that is known of a product in one answer."""

from enum import StrEnum
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from product_platform.compliance import RecallOut
from product_platform.kit.clock import Timestamp
from product_platform.kit.ids import ShortId
from product_platform.products.schemas.attested import (
    CertificationAssignmentOut,
    ClaimAssignmentOut,
)
from product_platform.products.schemas.fields import Number, WebUrl

NotNegative: TypeAlias = Annotated[Number, Field(ge=0)]


class ImageOut(BaseModel):
    """A picture of a product."""

    id: ShortId
    title: str
    description: str
    is_primary: bool
    priority: int = Field(ge=0)
    created: Timestamp
    image_url: str
    thumbnail_url: str
    width: int | None = Field(description="In pixels.")
    height: int | None = Field(description="In pixels.")


class IngredientOut(BaseModel):
    """One ingredient, as the label names it."""

    id: UUID
    name: str
    is_major_allergen: bool
    may_contain: bool
    priority: int = Field(ge=1, description="The place on the label: 1 is what there is most of.")
    notes: str
    percentage: Number | None = Field(ge=0, le=100)
    origin: str


class LabelFormat(StrEnum):
    """Whose rules a nutrition panel follows."""

    US_FDA = "US_FDA"
    EU = "EU"
    CA_CFIA = "CA_CFIA"
    AU_NZ = "AU_NZ"
    UK = "UK"


class NutrientUnit(StrEnum):
    """What an amount of a nutrient is measured in."""

    G = "g"
    MG = "mg"
    MCG = "mcg"
    KCAL = "kcal"
    KJ = "kJ"
    IU = "IU"


class Nutrient(BaseModel):
    """One line of a nutrition panel."""

    name: str
    amount: NotNegative
    unit: NutrientUnit
    daily_value_pct: NotNegative | None = None


class Nutrition(BaseModel):
    """A nutrition panel; its nutrients stand in the order of the label."""

    model_config = ConfigDict(from_attributes=True)

    serving_size: str
    serving_size_g: NotNegative | None = None
    servings_per_container: NotNegative | None = None
    label_format: LabelFormat
    nutrients: list[Nutrient]


class ImageRecord(BaseModel):
    """A picture as whoever has it tells of it; the same URL is the same picture."""

    image_url: WebUrl
    thumbnail_url: WebUrl = ""
    title: str = ""
    description: str = ""
    is_primary: bool = False
    priority: int = Field(default=0, ge=0)
    width: int | None = Field(default=None, gt=0)
    height: int | None = Field(default=None, gt=0)


class ProductContentOut(BaseModel):
    """Everything that is known of a product beside its record."""

    images: list[ImageOut]
    ingredients: list[IngredientOut]
    certifications: list[CertificationAssignmentOut]
    claims: list[ClaimAssignmentOut]
    recalls: list[RecallOut]
    nutrition: Nutrition | None


def read_rows(model: type[BaseModel], rows: Any) -> list[Any]:
    """Return rows of a table as *model* shows them."""
    return [model.model_validate(dict(row)) for row in rows]
