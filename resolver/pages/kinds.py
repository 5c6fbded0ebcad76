"""What a link is to a shopper: the kind under which a page shows it."""

from enum import StrEnum

from rules_compiler.link_types import PREFIX


class Kind(StrEnum):
    """A group of links on a page. The value is its heading; members stand in order of appearance."""

    SAFETY = "Safety and recalls"
    PRODUCT = "About this product"
    HEALTH = "For patients and professionals"
    INSIDE = "What is inside"
    USE = "Recipes and use"
    SUPPORT = "Help and reviews"
    BUY = "Buy and save"
    TRUST = "Sustainability and origin"
    ORGANIZATION = "Who makes it"
    PLACE = "Visit"
    DATA = "Data for business"
    OTHER = "Other links"


_NAMES = {
    Kind.SAFETY: ("recallStatus", "safetyInfo", "verificationService"),
    Kind.PRODUCT: ("pip", "backgroundInfo", "relatedImage", "relatedVideo"),
    Kind.HEALTH: ("epil", "eifu", "smpc", "brandHomepagePatient", "brandHomepageClinical"),
    Kind.INSIDE: ("ingredientsInfo", "nutritionalInfo", "allergenInfo", "smartLabel", "whatsInTheBox"),
    Kind.USE: (
        "recipeInfo",
        "instructions",
        "quickStartGuide",
        "tutorial",
        "activityIdeas",
        "consumerHandlingStorageInfo",
        "serviceInfo",
    ),
    Kind.SUPPORT: (
        "support",
        "faqs",
        "registerProduct",
        "warranty",
        "appDownload",
        "review",
        "leaveReview",
        "reportFound",
    ),
    Kind.BUY: (
        "hasRetailers",
        "promotion",
        "purchaseSuppliesOrAccessories",
        "loyaltyProgram",
        "subscribe",
        "paymentLink",
    ),
    Kind.TRUST: (
        "sustainabilityInfo",
        "productSustainabilityInfo",
        "certificationInfo",
        "dpp",
        "traceability",
    ),
    Kind.ORGANIZATION: (
        "homepage",
        "socialMedia",
        "careersInfo",
        "registryEntry",
        "statisticInfo",
        "userAgreement",
    ),
    Kind.PLACE: ("locationInfo", "openingHoursInfo", "menuInfo", "eventsInfo", "scheduleTime"),
    Kind.DATA: ("masterData", "epcis", "logisticsInfo", "jws"),
}

_KINDS = {f"{PREFIX}{name}": kind for kind, names in _NAMES.items() for name in names}


def kind_of(link_type: str) -> Kind:
    """Return the kind under which links of *link_type* are shown; OTHER for a type we do not know."""
    return _KINDS.get(link_type, Kind.OTHER)
