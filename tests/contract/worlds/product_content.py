"""What cases begin from about what is known of a product beside its record."""

from datetime import UTC, date, datetime

from product_platform.kit.ids import from_short, to_short
from product_platform.products import Content
from product_platform.products.schemas.content import ImageRecord, Nutrition
from rules_compiler.gs1 import check_digit
from tests.contract.world import World, insert

GTIN = "09521234500018"
CATEGORIES = ("ALLERGEN_FREE", "DIETARY", "INGREDIENT_ABSENCE", "OTHER", "PROCESS", "SUSTAINABILITY")


def to_gtin(number: int) -> str:
    digits = f"095212341{number:04d}"
    return digits + check_digit(digits)


async def add_content(world: World) -> None:
    """Let as much be known of the product as there can be."""
    label = "Water, oats 10%, rapeseed oil. May contain soy."
    path, headers = f"/products/api/v1/products/{GTIN}", world.callers["owner"]
    answer = await world.client.patch(path, json={"ingredients": label}, headers=headers)
    assert answer.is_success, answer.text
    async with world.services.database.transaction() as connection:
        content = Content(world.clock)
        for image in (
            {"image_url": "https://oats.example/2.png", "priority": 2},
            {
                "image_url": "https://oats.example/1.png",
                "thumbnail_url": "https://oats.example/1s.png",
                "title": "Front",
                "description": "The front.",
                "is_primary": True,
                "priority": 5,
                "width": 800,
                "height": 600,
            },
        ):
            await content.add_image(connection, GTIN, ImageRecord.model_validate(image))
        await content.set_nutrition(connection, GTIN, make_panel("EU"))
    await add_certifications(world)
    await add_claims(world)
    await add_recalls(world)


def make_panel(label_format: str) -> Nutrition:
    units = {"Energy": "kJ", "Calories": "kcal", "Fat": "g", "Salt": "mg", "B12": "mcg", "Vitamin D": "IU"}
    return Nutrition.model_validate(
        {
            "serving_size": "1 glass (200 ml)",
            "serving_size_g": 206,
            "servings_per_container": 4.5,
            "label_format": label_format,
            "nutrients": [
                {"name": name, "amount": 0.5, "unit": unit, "daily_value_pct": 5 if name == "Fat" else None}
                for name, unit in units.items()
            ],
        }
    )


async def add_panels(world: World) -> None:
    """Let there be a product with a nutrition panel of each format, by whose name cases call it."""
    for number, label_format in enumerate(("US_FDA", "EU", "CA_CFIA", "AU_NZ", "UK")):
        gtin = to_gtin(number)
        await insert(world, "products", gtin=gtin)
        async with world.services.database.transaction() as connection:
            await Content(world.clock).set_nutrition(connection, gtin, make_panel(label_format))
        world.names[label_format] = gtin


async def add_certifications(world: World) -> None:
    """Certify the product: organic in every detail, kosher from next year on, fair until last year."""
    organic = {
        "valid_from": date(2026, 3, 1),
        "expiration_date": date(2026, 3, 1),
        "certificate_number": "C-88",
        "issuing_body": "Oat Board",
        "verification_url": "https://board.example/C-88",
        "verification_status": "verified",
        "scope": "Drinks",
        "certification_value": "A+",
        "audit_date": date(2025, 6, 1),
        "initial_certification_date": date(2020, 1, 1),
        "certificate_countries": ["SE", "CA"],
        "metadata": {"erp": "7"},
    }
    secret = {"organization_id": from_short(world.names["rival_org"])}
    for label, definition, columns in (
        ("Organic", {"logo_url": "https://board.example/logo.png"}, organic),
        ("Kosher", {}, {"valid_from": date(2027, 1, 1)}),
        ("Fair", {}, {"verification_status": "expired", "expiration_date": date(2025, 12, 31)}),
        ("Secret", secret, {}),
    ):
        known = {
            "label": label,
            "code": label.upper(),
            "description": f"{label}.",
            "url": "https://a.example",
        }
        certification_id = await insert(world, "certifications", **known, **definition)
        world.names[label] = to_short(certification_id)
        ids = {"product_id": from_short(world.names["product_id"]), "certification_id": certification_id}
        await insert(world, "product_certifications", **ids, **columns)


async def add_claims(world: World) -> None:
    """Let the label make a claim of each category, the first of them by a third party's word."""
    for category in CATEGORIES:
        claim_id = await insert(world, "claims", label=category, code=category, category=category)
        columns = {
            "product_id": from_short(world.names["product_id"]),
            "claim_id": claim_id,
            "source": "THIRD_PARTY_VERIFIED" if category == CATEGORIES[0] else "BRAND_SELF_DECLARED",
            "metadata": {"erp": "7"},
            "valid_from": date(2026, 1, 1),
        }
        await insert(world, "product_claims", **columns)


async def add_recalls(world: World) -> None:
    """Recall the product for each status, class and authority, the most dangerous first."""
    for number, (status, severity, source) in enumerate(
        (
            ("ONGOING", "CLASS_I", "FDA"),
            ("COMPLETED", "CLASS_II", "FSIS"),
            ("TERMINATED", "CLASS_III", "CPSC"),
            ("UNKNOWN", "UNKNOWN", "HEALTH_CANADA"),
        ),
    ):
        recall_id = await insert(
            world,
            "recalls",
            source_system=source,
            source_reference=str(number),
            title=f"Milk in oats {number}",
            status=status,
            severity=severity,
            description="Lot L7.",
            hazard="Milk",
            remedy="Return it.",
            public_url="https://recalls.example/1",
            company_name="Meadow",
            recall_date=date(2026, 2, 9 - number) if number < 3 else None,
            jurisdictions=["US", "US-CA"],
            created=datetime(2026, 2, 10, tzinfo=UTC),
        )
        await insert(world, "recall_gtins", gtin=GTIN, recall_id=recall_id)
