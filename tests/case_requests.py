"""Turns a case of `tests/cases` into a request over HTTP, and says what comes back."""

from tests.case_files import Case

HEADER_SETTINGS = {"country_header": "X-Country", "region_header": "X-Region", "city_header": "X-City"}
"""Settings of an edge that reads from the headers of a trusted proxy where a caller is."""

_HEADERS = {
    "accept": "accept",
    "language": "accept_language",
    "country": "x_country",
    "region": "x_region",
    "city": "x_city",
    "client": "x_forwarded_for",
}


def to_headers(case: Case) -> dict[str, str]:
    """Return what a trusted proxy sends on for the caller of *case*, names written with underscores."""
    return {header: case[key] for key, header in _HEADERS.items() if key in case}


def expected_answer(case: Case, root: str) -> tuple[int, str | None]:
    """Return status and `Location` of the answer by a resolver at *root*, which forwards the query."""
    want, query = case["want"], case["request"].partition("?")[2]
    location: str | None = want.get("location")
    if location is None:
        return want["status"], None
    if location.startswith("/"):
        location = root + location
    if query:
        location += ("&" if "?" in location else "?") + query
    return want["status"], location
