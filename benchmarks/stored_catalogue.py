"""A catalogue of any size in a real database, put there in bulk: three rules a product, of all kinds.

The same size gives the same catalogue, but for the ids of its rows. Two products of ten have a rule of a lot.
"""

from collections.abc import Iterator

from product_platform.kit.db import Connection
from rules_compiler.gs1 import check_digit
from rules_compiler.model import SliceKey

PRODUCTS_OF_A_BRAND = 2_000
RULES_OF_A_PRODUCT = 3
KEYS_AT_ONCE = 5_000
"""As many keys as one transaction puts into the outbox: the size of a change set."""

_PARTIES = """
    WITH owner AS (
        INSERT INTO organizations (name, country)
        SELECT 'Organization ' || number, 'SE' FROM generate_series(0, $1) AS number
        RETURNING id, name
    )
    INSERT INTO brands (organization_id, name, name_key) SELECT id, name, lower(name) FROM owner
"""

_OWNERS = """
    UPDATE products SET (brand_id, owner_id) = (brands.id, organization_id)
    FROM brands WHERE name = 'Organization ' || (substr(gtin, 5, 9)::int / $1)
"""

# Which rules a product has follows from the last digit of its number.
_RULES = """
    INSERT INTO resolution_rules (
        organization_id, scope_type, scope_id, product_id, slice_key, order_index, enabled, destination_type,
        custom_url, on_custom_url_dead, link_type, title, languages, annual_start_mmdd, annual_end_mmdd,
        days_of_week, timezone, location_countries
    )
    SELECT owner_id, scope, CASE scope WHEN 'BATCH' THEN 'L1' ELSE gtin END, products.id,
        '01/' || gtin || CASE scope WHEN 'BATCH' THEN '/10/L1' ELSE '' END, place, true, 'CUSTOM_URL',
        replace(url, '*', gtin), 'SKIP_RULE', link_type, title, languages, first_day, last_day, days, zone,
        countries
    FROM products, (VALUES
        (0, 9, 'PRODUCT', 0, NULL, 'https://www.brand.example/products/*', NULL, NULL, NULL, NULL,
            NULL::smallint[], NULL, NULL),
        (0, 9, 'PRODUCT', 1, 'gs1:instructions', 'https://help.brand.example/{gtin}?lang={lang}',
            'Instructions', ARRAY['en', 'fr-CA'], NULL, NULL, NULL, NULL, NULL),
        (0, 3, 'PRODUCT', 2, 'gs1:promotion', 'https://www.brand.example/winter/*', 'Winter', NULL, '11-15',
            '01-06', ARRAY[4, 5, 6], 'Europe/Berlin', NULL),
        (4, 7, 'PRODUCT', 2, 'gs1:hasRetailers', 'https://shops.example/?gtin={gtin}', NULL, NULL, NULL,
            NULL, NULL, NULL, ARRAY['US', 'CA']),
        (8, 9, 'BATCH', 0, 'gs1:recallStatus', 'https://www.brand.example/recall/{gtin}/{lot}', NULL, NULL,
            NULL, NULL, NULL, NULL, NULL)
    ) AS rule (from_digit, to_digit, scope, place, link_type, url, title, languages, first_day, last_day,
        days, zone, countries)
    WHERE substr(gtin, 13, 1)::int BETWEEN from_digit AND to_digit
"""

_TARGETS = """
    INSERT INTO custom_urls (organization_id, url, status, made_by_rule)
    SELECT DISTINCT organization_id, custom_url, 'HEALTHY', true FROM resolution_rules
"""


def gtin_of(number: int) -> str:
    """Return the GTIN of a product, by its number from 0."""
    digits = f"0950{number:09d}"
    return digits + check_digit(digits)


def keys_of(products: int) -> Iterator[SliceKey]:
    """Yield every key of which a catalogue of this size says something, but for those of its parties."""
    for gtin in map(gtin_of, range(products)):
        yield f"01/{gtin}"
        if gtin[12] in "89":
            yield f"01/{gtin}/10/L1"


async def store_catalogue(connection: Connection, products: int) -> None:
    """Put the catalogue into an empty database, with nothing in the outbox yet."""
    rows = (
        (gtin_of(number), f"Oat drink {number}", "verified", "Oats, water, salt.")
        for number in range(products)
    )
    async with connection.transaction():
        # As a replica the session checks no foreign keys: they hold.
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(_PARTIES, products // PRODUCTS_OF_A_BRAND)
        columns = ("gtin", "product_name", "claim_verification_status", "description")
        await connection.copy_records_to_table("products", records=rows, columns=columns)
        await connection.execute(_OWNERS, PRODUCTS_OF_A_BRAND)
        await connection.execute(_RULES)
        await connection.execute(_TARGETS)
    await connection.execute("VACUUM (ANALYZE) products, resolution_rules, custom_urls")


async def fill_outbox(connection: Connection, products: int) -> int:
    """Say that everything has changed, in transactions of one change set each; return of how many keys."""
    keys = list(keys_of(products))
    for start in range(0, len(keys), KEYS_AT_ONCE):
        await connection.execute(
            "INSERT INTO outbox (slice_key) SELECT unnest($1::text[])", keys[start : start + KEYS_AT_ONCE]
        )
    await connection.execute("ANALYZE outbox")
    return len(keys)
