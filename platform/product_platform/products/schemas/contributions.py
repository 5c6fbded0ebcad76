"""What anybody may say of a product."""

from pydantic import BaseModel

from product_platform.products.schemas.fields import Country, Name, NetContent, WebUrl


class Contribution(BaseModel):
    """Fields of a product as a contributor knows them; an absent one is not known."""

    product_name: Name | None = None
    brand: Name | None = None
    manufacturer: Name | None = None
    description: str | None = None
    image_url: WebUrl | None = None
    country_of_origin: Country | None = None
    net_content: NetContent | None = None
