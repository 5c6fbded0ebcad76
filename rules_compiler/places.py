"""Where a rule holds: countries, regions and cities."""

import re
from collections.abc import Collection

from rules_compiler.model import Rule
from rules_compiler.problems import Problem

_COUNTRY = re.compile(r"[A-Za-z]{2}")


def matches_place(
    countries: Collection[str],
    regions: Collection[str],
    cities: Collection[str],
    country: str | None,
    region: str | None,
    city: str | None,
) -> bool:
    """Return whether a caller in *country*, *region* and *city* is where the lists want him.

    Each list that is not empty must contain its place; an unknown place is in no list. The names
    in the lists are case-folded already, the caller's may be in any case.
    """
    return (
        (not countries or (country is not None and country.casefold() in countries))
        and (not regions or (region is not None and region.casefold() in regions))
        and (not cities or (city is not None and city.casefold() in cities))
    )


def place_problems(rule: Rule) -> list[Problem]:
    """Return what is wrong with the place conditions of *rule*.

    A country is two letters, as in ISO 3166-1 alpha-2. Whether the code is assigned is not
    judged: location databases use codes that are not, such as XK.
    """
    if not (rule.location_countries or rule.location_regions or rule.location_cities):
        return []
    problems = []
    for country in rule.location_countries:
        if _COUNTRY.fullmatch(country) is None:
            message = f"{country!r} is not a country code: write two letters, such as DE."
            problems.append(Problem("bad_country", rule.id, "location_countries", message))
    names = {"location_regions": rule.location_regions, "location_cities": rule.location_cities}
    for field, places in names.items():
        if any(not place.strip() for place in places):
            message = "A blank name matches no place: leave it out."
            problems.append(Problem("blank_place", rule.id, field, message))
    return problems
