"""Catalogues of any size, always the same, made piece by piece: nothing holds more than one product.

Whatever concerns a product follows from its index, so that a single one can be made again to see what
its answers must be. On average a product has three rules, its brand's and organization's included.
"""

from collections.abc import Iterator

from loadtests.recipes import (
    BRANDS_OF_ORGANIZATION,
    ITEMS_OF_BRAND,
    ITEMS_OF_ORGANIZATION,
    Product,
    instances_of,
    make_id,
    rules_of,
)
from rules_compiler.compiler import compile_slice
from rules_compiler.gs1 import check_digit
from rules_compiler.model import (
    DEFAULT_LINK_TYPE,
    WILDCARD,
    Brand,
    Catalogue,
    Host,
    Item,
    Organization,
    Rule,
    ScopeType,
    SliceKey,
)
from rules_compiler.partition import partition

_PREFIX = "0952"  # GS1 keeps it for examples
_MIX = 0x9E37_79B9_7F4A_7C15
_WORD = (1 << 64) - 1


def draw(number: int) -> int:
    """Return 64 bits that look random and follow from *number* alone."""
    mixed = (number + 1) * _MIX & _WORD
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9 & _WORD
    mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB & _WORD
    return mixed ^ (mixed >> 31)


def gtin_of(index: int) -> str:
    """Return the GTIN of the product *index*."""
    digits = f"{_PREFIX}{index:09d}"
    return digits + check_digit(digits)


def product_at(index: int) -> Product:
    """Return what the rules of the product *index* are made of."""
    return Product(index, gtin_of(index), organization_id_of(index), draw(index))


def brand_id_of(index: int) -> str:
    """Return the brand of the product *index*."""
    return make_id("B", index // ITEMS_OF_BRAND)


def organization_id_of(index: int) -> str:
    """Return the organization that owns the product *index*."""
    return make_id("C", index // ITEMS_OF_ORGANIZATION)


def host_of(index: int) -> str | None:
    """Return the host that the owner of the product *index* has bound, if any; every fourth has one."""
    number = index // ITEMS_OF_ORGANIZATION
    return None if number % 4 else f"id.maker{number}.example"


def item_at(index: int) -> Catalogue:
    """Return the product *index* alone, with what is said of it and of everything below it."""
    product = product_at(index)
    # All are claimed, some have no brand beside that, and a few have their resolver switched off.
    has_brand = index % ITEMS_OF_ORGANIZATION != 13
    item = Item(
        key=product.key,
        name=f"Product {index} of maker {index // ITEMS_OF_ORGANIZATION}",
        brand_id=brand_id_of(index) if has_brand else None,
        owner_id=product.organization_id,
        # To own its brand alone would not be enough, with the settings that edges begin with.
        refused_ids=frozenset({WILDCARD}) if has_brand else frozenset(),
        is_resolvable=index % (4 * ITEMS_OF_ORGANIZATION) != 77,
        facts=_facts(product),
    )
    return Catalogue(items=(item,), instances=instances_of(product), rules=rules_of(product))


def _facts(product: Product) -> dict[str, object]:
    index, chance = product.number, product.chance
    return {
        "gtin": product.gtin,
        "product_name": f"Product {index} of maker {index // ITEMS_OF_ORGANIZATION}",
        "brand": {"id": brand_id_of(index), "name": f"Brand {index // ITEMS_OF_BRAND}"},
        "manufacturer": f"Maker {index // ITEMS_OF_ORGANIZATION} Limited",
        "description": "Roasted and packed where it grows. Keep cool and dry, and use within a week.",
        "image_url": f"{product.page}/front.jpg",
        "country_of_origin": product.pick(("CA", "DE", "FR")),
        "net_content_value": chance % 1000,
        "net_content_uom": "GRM",
        "gpc_brick_code": f"{10_000_000 + chance % 9_000}",
        "claim_verification_status": "verified",
    }


def brand_at(number: int) -> Catalogue:
    """Return the brand *number* alone: who owns it, and its four rules."""
    organization_id = make_id("C", number // BRANDS_OF_ORGANIZATION)
    brand = Brand(id=make_id("B", number), name=f"Brand {number}", organization_id=organization_id)
    page = f"https://www.brand{number}.example"
    types = (None, "gs1:instructions", "gs1:sustainabilityInfo", "gs1:hasRetailers")
    rules = tuple(
        Rule(
            id=make_id("D", number, place),
            organization_id=organization_id,
            scope_type=ScopeType.BRAND,
            slice_key=f"brand/{brand.id}",
            order_index=place,
            link_type=link_type,
            custom_url=f"{page}/{place}?gtin={{gtin}}",
        )
        for place, link_type in enumerate(types)
    )
    return Catalogue(brands=(brand,), rules=rules)


def organization_at(number: int) -> Catalogue:
    """Return the organization *number* alone: its host if it has one, and its five rules."""
    default_type = "gs1:productSustainabilityInfo" if number % 10 == 1 else DEFAULT_LINK_TYPE
    maker = Organization(id=make_id("C", number), name=f"Maker {number}", default_link_type=default_type)
    page = f"https://maker{number}.example"
    types = (None, "gs1:support", "gs1:jws", "gs1:faqs", "gs1:certificationInfo")
    rules = tuple(
        Rule(
            id=make_id("E", number, place),
            organization_id=maker.id,
            scope_type=ScopeType.ORGANIZATION,
            slice_key=f"org/{maker.id}",
            order_index=place,
            link_type=link_type,
            custom_url=f"{page}/{place}",
        )
        for place, link_type in enumerate(types)
    )
    host = host_of(number * ITEMS_OF_ORGANIZATION)
    hosts = () if host is None else (Host(name=host, organization_id=maker.id),)
    return Catalogue(organizations=(maker,), hosts=hosts, rules=rules)


def catalogue_at(index: int) -> Catalogue:
    """Return everything that decides requests for the product *index*: all that the reference needs."""
    item = item_at(index)
    brand = brand_at(index // ITEMS_OF_BRAND)
    organization = organization_at(index // ITEMS_OF_ORGANIZATION)
    return Catalogue(
        organizations=organization.organizations,
        brands=brand.brands,
        items=item.items,
        instances=item.instances,
        hosts=organization.hosts,
        rules=(*item.rules, *brand.rules, *organization.rules),
    )


def pieces(first: int, after: int) -> Iterator[Catalogue]:
    """Yield the products from *first* to before *after*, and the parties that begin among them."""
    for index in range(first, after):
        if index % ITEMS_OF_ORGANIZATION == 0:
            yield organization_at(index // ITEMS_OF_ORGANIZATION)
        if index % ITEMS_OF_BRAND == 0:
            yield brand_at(index // ITEMS_OF_BRAND)
        yield item_at(index)


def slices_of(piece: Catalogue) -> Iterator[tuple[SliceKey, bytes]]:
    """Yield the compiled slices of one piece."""
    for key, part in partition(piece).items():
        compiled = compile_slice(part, key)
        if compiled is not None:
            yield key, compiled
