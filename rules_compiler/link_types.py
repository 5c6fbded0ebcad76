"""The vocabulary of link types: what a link is for, and how its name is written.

The names are those of the GS1 Web Vocabulary 1.16 (github.com/gs1/WebVoc, Apache-2.0); groups
and titles are our own words.
"""

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from rules_compiler.model import Rule
from rules_compiler.problems import Problem

PREFIX = "gs1:"
NAMESPACE = "https://ref.gs1.org/voc/"

_NAMESPACES = (
    NAMESPACE,
    "http://ref.gs1.org/voc/",
    "https://gs1.org/voc/",
    "http://gs1.org/voc/",
    "https://www.gs1.org/voc/",
    "http://www.gs1.org/voc/",
)


class Group(StrEnum):
    """Whom or what a link serves."""

    CONSUMER = "consumer"
    COMMERCE = "commerce"
    TRUST = "trust"
    HEALTHCARE = "healthcare"
    TRACEABILITY = "traceability"
    ORGANIZATION = "organization"
    PLACE = "place"
    BUSINESS = "b2b"
    RESOLVER = "resolver"


class Status(StrEnum):
    """Who may use a link type."""

    STABLE = "stable"
    VALIDATED_HEALTHCARE = "validated healthcare"
    DEPRECATED = "deprecated"
    RESOLVER_ONLY = "resolver only"
    ALIAS = "alias"


class LinkType(NamedTuple):
    """One term: its name without prefix, and a title in English for people."""

    name: str
    group: Group
    title: str
    status: Status = Status.STABLE


LINK_TYPES: dict[str, LinkType] = {
    PREFIX + link_type.name: link_type
    for link_type in (
        LinkType("activityIdeas", Group.CONSUMER, "Things to do"),
        LinkType("allergenInfo", Group.CONSUMER, "Allergens"),
        LinkType("appDownload", Group.CONSUMER, "App"),
        LinkType("backgroundInfo", Group.CONSUMER, "Background"),
        LinkType("brandHomepageClinical", Group.HEALTHCARE, "For health professionals"),
        LinkType("brandHomepagePatient", Group.HEALTHCARE, "For patients"),
        LinkType("careersInfo", Group.ORGANIZATION, "Careers"),
        LinkType("certificationInfo", Group.TRUST, "Certificates"),
        LinkType("consumerHandlingStorageInfo", Group.CONSUMER, "Handling and storage"),
        LinkType("defaultLink", Group.RESOLVER, "Default link", Status.RESOLVER_ONLY),
        LinkType(
            "defaultLinkMulti", Group.RESOLVER, "Default link by language or context", Status.RESOLVER_ONLY
        ),
        LinkType("dpp", Group.TRUST, "Digital product passport"),
        LinkType("eifu", Group.HEALTHCARE, "Electronic instructions for use", Status.VALIDATED_HEALTHCARE),
        LinkType("epcis", Group.TRACEABILITY, "Event repository (EPCIS)"),
        LinkType("epil", Group.HEALTHCARE, "Patient leaflet", Status.VALIDATED_HEALTHCARE),
        LinkType("eventsInfo", Group.PLACE, "Events"),
        LinkType("faqs", Group.CONSUMER, "Questions and answers"),
        LinkType("handledBy", Group.RESOLVER, "Handled by another resolver", Status.RESOLVER_ONLY),
        LinkType("hasRetailers", Group.COMMERCE, "Where to buy"),
        LinkType("homepage", Group.ORGANIZATION, "Homepage"),
        LinkType("ingredientsInfo", Group.CONSUMER, "Ingredients"),
        LinkType("instructions", Group.CONSUMER, "Instructions"),
        LinkType("jws", Group.TRUST, "Signed data"),
        LinkType("leaveReview", Group.CONSUMER, "Write a review"),
        LinkType("locationInfo", Group.PLACE, "Directions"),
        LinkType("logisticsInfo", Group.PLACE, "Logistics"),
        LinkType("loyaltyProgram", Group.COMMERCE, "Loyalty program"),
        LinkType("masterData", Group.BUSINESS, "Master data"),
        LinkType("menuInfo", Group.PLACE, "Menu"),
        LinkType("nutritionalInfo", Group.CONSUMER, "Nutrition facts"),
        LinkType("openingHoursInfo", Group.PLACE, "Opening hours"),
        LinkType("paymentLink", Group.COMMERCE, "Payment"),
        LinkType("pip", Group.CONSUMER, "Product information"),
        LinkType("productSustainabilityInfo", Group.CONSUMER, "Product sustainability", Status.DEPRECATED),
        LinkType("promotion", Group.COMMERCE, "Promotion"),
        LinkType("purchaseSuppliesOrAccessories", Group.COMMERCE, "Supplies and accessories"),
        LinkType("quickStartGuide", Group.CONSUMER, "Quick start guide"),
        LinkType("recallStatus", Group.TRUST, "Recall status"),
        LinkType("recipeInfo", Group.CONSUMER, "Recipes"),
        LinkType("registerProduct", Group.CONSUMER, "Register this product"),
        LinkType("registryEntry", Group.ORGANIZATION, "Register entry"),
        LinkType("relatedImage", Group.CONSUMER, "Image"),
        LinkType("relatedVideo", Group.CONSUMER, "Video"),
        LinkType("reportFound", Group.TRUST, "Report a found item"),
        LinkType("review", Group.CONSUMER, "Reviews"),
        LinkType("safetyInfo", Group.TRUST, "Safety information"),
        LinkType("scheduleTime", Group.PLACE, "Appointments"),
        LinkType("serviceInfo", Group.BUSINESS, "Service and maintenance"),
        LinkType("smartLabel", Group.CONSUMER, "SmartLabel"),
        LinkType("smpc", Group.HEALTHCARE, "Summary of product characteristics", Status.VALIDATED_HEALTHCARE),
        LinkType("socialMedia", Group.ORGANIZATION, "Social media"),
        LinkType("statisticInfo", Group.ORGANIZATION, "Statistics"),
        LinkType("subscribe", Group.COMMERCE, "Subscribe"),
        LinkType("support", Group.CONSUMER, "Support"),
        LinkType("sustainabilityInfo", Group.TRUST, "Sustainability and recycling"),
        LinkType("traceability", Group.TRACEABILITY, "Traceability"),
        LinkType("tutorial", Group.CONSUMER, "Tutorials"),
        LinkType("userAgreement", Group.ORGANIZATION, "Agreement"),
        LinkType("verificationService", Group.TRUST, "Verification"),
        LinkType("whatsInTheBox", Group.CONSUMER, "What is in the box"),
        # Never in the vocabulary; brands ask for it, so it is accepted and not shown to others.
        LinkType("warranty", Group.CONSUMER, "Warranty", Status.ALIAS),
    )
}
"""Every link type that we know, by its CURIE."""


@lru_cache(maxsize=256)
def read_requested_link_type(text: str) -> str:
    """Return the link type that a request asks for, as CURIE when we know it.

    Requests may leave the prefix out. A text that names nothing stays as it is, so that it
    matches no rule; so do the reserved values `linkset` and `all`.
    """
    curie = to_curie(text)
    if curie in LINK_TYPES:
        return curie
    return PREFIX + text if PREFIX + text in LINK_TYPES else text


@lru_cache(maxsize=256)
def to_iri(link_type: str) -> str:
    """Return the full IRI of a CURIE; any other relation is returned as it is."""
    if link_type.startswith(PREFIX):
        return NAMESPACE + link_type.removeprefix(PREFIX)
    return link_type


def title_of(link_type: str) -> str:
    """Return what to call a link of this type when it has no title of its own."""
    known = LINK_TYPES.get(link_type)
    return known.title if known else link_type.removeprefix(PREFIX)


@lru_cache(maxsize=256)
def is_listed(link_type: str) -> bool:
    """Return whether a linkset may show the type: not when it is an alias outside the vocabulary."""
    known = LINK_TYPES.get(link_type)
    return known is None or known.status is not Status.ALIAS


def link_type_problems(rule: Rule) -> list[Problem]:
    """Return why a rule may not have its link type, if it has one: unknown, or the resolver's own."""
    if rule.link_type is None:
        return []
    known = LINK_TYPES.get(rule.link_type)
    if known is None:
        message = f"{rule.link_type!r} is not a GS1 link type: write one such as gs1:pip."
        return [Problem("unknown_link_type", rule.id, "link_type", message)]
    if known.status is Status.RESOLVER_ONLY:
        message = f"{rule.link_type} is set by the resolver alone: leave the link type out for a default."
        return [Problem("reserved_link_type", rule.id, "link_type", message)]
    return []


def to_curie(text: str) -> str:
    """Return *text* with a GS1 namespace in front written as prefix; anything else stays as it is."""
    for namespace in _NAMESPACES:
        if text.startswith(namespace):
            return PREFIX + text.removeprefix(namespace)
    return text
