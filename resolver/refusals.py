"""What a caller hears when the identifier is malformed or unknown: a page for people, JSON for programs."""

from resolver import answers
from resolver.answers import Answer
from resolver.negotiate import parse_accept, wants_page
from resolver.pages import CONTENT_SECURITY_POLICY, render_bad_request_page, render_not_found_page
from resolver.request import Request
from rules_compiler.gs1 import DigitalLink, DigitalLinkError

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
    """Return 404 for a valid identifier that is in no catalogue."""
    if wants_page(parse_accept(request.accept)):
        return answers.page(
            404, render_not_found_page(f"/{link.slice_key}", _UNKNOWN), CONTENT_SECURITY_POLICY
        )
    return answers.error(404, "NOT_FOUND", _UNKNOWN)


def _shown_path(request: Request) -> str:
    query = b"?" + request.raw_query if request.raw_query else b""
    return (request.raw_path + query).decode("latin-1")
