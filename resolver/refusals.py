"""What a caller hears when the identifier is malformed or unknown: a page for people, JSON for programs."""

from resolver import answers
from resolver.answers import Answer
from resolver.negotiate import parse_accept, wants_page
from resolver.pages import CONTENT_SECURITY_POLICY, render_bad_request_page, render_not_found_page
from resolver.request import Request
from rules_compiler.gs1 import DigitalLink, DigitalLinkError

_NOTHING = "Nothing is here. This host answers identifiers, such as /01/ and a GTIN."
_UNKNOWN = "The identifier is valid, but nobody has registered it here."


def bad_identifier(request: Request, error: DigitalLinkError) -> Answer:
    """Return 400 with the code, position and message of *error*."""
    text = _shown_path(request)
    if wants_page(parse_accept(request.accept)):
        body = render_bad_request_page(error.code, error.position, error.message, text)
        return answers.page(400, body, CONTENT_SECURITY_POLICY)
    details = [{"field": "path", "code": error.code, "position": error.position, "message": error.message}]
    return answers.error(400, "INVALID_DIGITAL_LINK", error.message, details)


def unknown_item(request: Request, link: DigitalLink) -> Answer:
    """Return 404 for a valid identifier that the host does not know."""
    return _not_found(request, f"/{link.slice_key}", _UNKNOWN)


def nothing_here(request: Request) -> Answer:
    """Return 404 for a path that is no identifier, at a host that answers nothing else."""
    return _not_found(request, request.raw_path.decode("latin-1"), _NOTHING)


def _not_found(request: Request, path: str, reason: str) -> Answer:
    if wants_page(parse_accept(request.accept)):
        return answers.page(404, render_not_found_page(path, reason), CONTENT_SECURITY_POLICY)
    return answers.error(404, "NOT_FOUND", reason)


def _shown_path(request: Request) -> str:
    query = b"?" + request.raw_query if request.raw_query else b""
    return (request.raw_path + query).decode("latin-1")
