"""The meaning of a linkset as JSON-LD: a context that maps its names to the terms they stand for.

The mapping is that of the linkset context which GS1 publishes (github.com/gs1/linkset, Apache-2.0);
embedding it saves a client from fetching anything.
"""

from typing import Any

from rules_compiler.link_types import NAMESPACE

_DC_TERMS = "http://purl.org/dc/terms/"
_RDF_SCHEMA = "http://www.w3.org/2000/01/rdf-schema#"

CONTEXT: dict[str, Any] = {
    "@vocab": "http://www.iana.org/assignments/relation/",
    "gs1": NAMESPACE,
    "linkset": "@graph",
    "anchor": "@id",
    "href": "@id",
    "itemDescription": f"{_RDF_SCHEMA}comment",
    "title": f"{_DC_TERMS}title",
    "type": f"{_DC_TERMS}format",
    "hreflang": {"@id": f"{_DC_TERMS}language", "@container": "@set"},
}


def to_json_ld(members: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the linkset of *members* with its context."""
    return {"@context": CONTEXT, "linkset": members}
