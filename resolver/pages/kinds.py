"""What a link is to a shopper: the kind it is shown under, and words for it when its title says nothing."""

from enum import StrEnum


class Kind(StrEnum):
    """A group of links on a page. The value is its heading; members stand in order of appearance."""

    PRODUCT = "About this product"
    SAFETY = "Safety and recalls"
    HEALTH = "For patients and professionals"
    INSIDE = "What is inside"
    USE = "Recipes and use"
    SUPPORT = "Help and reviews"
    BUY = "Buy and save"
    TRUST = "Sustainability and certificates"
    ORGANIZATION = "The company behind it"
    PLACE = "Visit"
    DATA = "Data for business"
    OTHER = "More"


LINK_TYPES: dict[str, tuple[Kind, str]] = {
    "gs1:activityIdeas": (Kind.USE, "Things to do"),
    "gs1:allergenInfo": (Kind.INSIDE, "Allergens"),
    "gs1:appDownload": (Kind.SUPPORT, "Get the app"),
    "gs1:backgroundInfo": (Kind.PRODUCT, "The story behind it"),
    "gs1:brandHomepageClinical": (Kind.HEALTH, "For health professionals"),
    "gs1:brandHomepagePatient": (Kind.HEALTH, "For patients"),
    "gs1:careersInfo": (Kind.ORGANIZATION, "Jobs"),
    "gs1:certificationInfo": (Kind.TRUST, "Certificates"),
    "gs1:consumerHandlingStorageInfo": (Kind.USE, "Storage and handling"),
    "gs1:dpp": (Kind.TRUST, "Digital product passport"),
    "gs1:eifu": (Kind.HEALTH, "Instructions for use"),
    "gs1:epcis": (Kind.DATA, "Supply chain events"),
    "gs1:epil": (Kind.HEALTH, "Patient leaflet"),
    "gs1:eventsInfo": (Kind.PLACE, "Events"),
    "gs1:faqs": (Kind.SUPPORT, "Questions and answers"),
    "gs1:hasRetailers": (Kind.BUY, "Where to buy"),
    "gs1:homepage": (Kind.ORGANIZATION, "Website"),
    "gs1:ingredientsInfo": (Kind.INSIDE, "Ingredients"),
    "gs1:instructions": (Kind.USE, "Instructions"),
    "gs1:jws": (Kind.DATA, "Signed data"),
    "gs1:leaveReview": (Kind.SUPPORT, "Write a review"),
    "gs1:locationInfo": (Kind.PLACE, "Find the way"),
    "gs1:logisticsInfo": (Kind.DATA, "Deliveries and access"),
    "gs1:loyaltyProgram": (Kind.BUY, "Loyalty programme"),
    "gs1:masterData": (Kind.DATA, "Master data"),
    "gs1:menuInfo": (Kind.PLACE, "Menu"),
    "gs1:nutritionalInfo": (Kind.INSIDE, "Nutrition"),
    "gs1:openingHoursInfo": (Kind.PLACE, "Opening hours"),
    "gs1:paymentLink": (Kind.BUY, "Pay"),
    "gs1:pip": (Kind.PRODUCT, "Product information"),
    "gs1:productSustainabilityInfo": (Kind.TRUST, "Sustainability and recycling"),
    "gs1:promotion": (Kind.BUY, "Offers"),
    "gs1:purchaseSuppliesOrAccessories": (Kind.BUY, "Refills, parts and accessories"),
    "gs1:quickStartGuide": (Kind.USE, "Quick start"),
    "gs1:recallStatus": (Kind.SAFETY, "Recall status"),
    "gs1:recipeInfo": (Kind.USE, "Recipes"),
    "gs1:registerProduct": (Kind.SUPPORT, "Register your product"),
    "gs1:registryEntry": (Kind.ORGANIZATION, "Register entry"),
    "gs1:relatedImage": (Kind.PRODUCT, "Picture"),
    "gs1:relatedVideo": (Kind.PRODUCT, "Video"),
    "gs1:reportFound": (Kind.SUPPORT, "Report it found"),
    "gs1:review": (Kind.SUPPORT, "Reviews"),
    "gs1:safetyInfo": (Kind.SAFETY, "Safety information"),
    "gs1:scheduleTime": (Kind.PLACE, "Book a time"),
    "gs1:serviceInfo": (Kind.USE, "Service and maintenance"),
    "gs1:smartLabel": (Kind.INSIDE, "SmartLabel"),
    "gs1:smpc": (Kind.HEALTH, "Summary of product characteristics"),
    "gs1:socialMedia": (Kind.ORGANIZATION, "Social media"),
    "gs1:statisticInfo": (Kind.ORGANIZATION, "Statistics"),
    "gs1:subscribe": (Kind.BUY, "Subscribe"),
    "gs1:support": (Kind.SUPPORT, "Get help"),
    "gs1:sustainabilityInfo": (Kind.TRUST, "Sustainability and recycling"),
    "gs1:traceability": (Kind.TRUST, "Where it comes from"),
    "gs1:tutorial": (Kind.USE, "How-to and lessons"),
    "gs1:userAgreement": (Kind.ORGANIZATION, "Agreement to sign"),
    "gs1:verificationService": (Kind.SAFETY, "Check that it is genuine"),
    "gs1:whatsInTheBox": (Kind.INSIDE, "What's in the box"),
}
"""Every link type that an organization may publish, with its kind and our name for it."""

_UNKNOWN = (Kind.OTHER, "More information")


def kind_of(link_type: str) -> Kind:
    """Return the kind under which links of *link_type* are shown; OTHER for a type we do not know."""
    return LINK_TYPES.get(link_type, _UNKNOWN)[0]


def label_of(link_type: str) -> str:
    """Return a short name for what a link of *link_type* leads to."""
    return LINK_TYPES.get(link_type, _UNKNOWN)[1]
