"""What the OpenAPI document of a domain says beside what FastAPI knows: the conventions of all.

Every error that an operation can answer, the headers that requests and answers have, an example
of each body, and names for the operations.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from product_platform.kit.answers import RETRYABLE
from product_platform.kit.examples import make_example
from product_platform.kit.forms import FORM, takes_form
from product_platform.kit.metadata import read_metadata_filter
from product_platform.kit.operations import Operation
from product_platform.kit.preconditions import Conditional
from product_platform.kit.routing import RouteTable

Json: TypeAlias = dict[str, Any]

_WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_CHANGES: Final = frozenset({"PUT", "PATCH", "DELETE"})
_JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"
_FIRST_REFUSAL: Final = 400
# They bring the schemas of refusals into the document, and no more.
_WILDCARDS: Final = ("4XX", "5XX")

REFUSALS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("BAD_REQUEST", "The request cannot be read, or breaks a rule that the message names."),
    401: ("UNAUTHORIZED", "No valid credential came with the request."),
    403: ("FORBIDDEN", "The caller may see this, but not do it."),
    404: ("NOT_FOUND", "There is no such thing, or the caller may not know that there is."),
    409: ("CONFLICT", "It exists already, or its state forbids this."),
    412: ("PRECONDITION_FAILED", "What would change has changed since it was read."),
    413: ("PAYLOAD_TOO_LARGE", "The body is too large."),
    415: ("UNSUPPORTED_MEDIA_TYPE", "The body is of a type that is not read here."),
    422: ("VALIDATION_ERROR", "Fields are wrong; `details` names all of them."),
    429: ("RATE_LIMITED", "Too many requests. Wait as `Retry-After` says."),
    500: ("INTERNAL_ERROR", "Something failed on our side."),
    503: ("SERVICE_UNAVAILABLE", "Something that is needed does not answer. Try again."),
}
"""The code of each refusal that an operation can answer, by status, and when it does."""

_HEADERS: Final[Mapping[str, tuple[str, str]]] = {
    "X-Request-ID": ("string", "The id of the request, which the log has too."),
    "RateLimit-Policy": ("string", "All quotas of the credential, and their windows in seconds."),
    "RateLimit-Limit": ("integer", "The quota of the window with the fewest requests left."),
    "RateLimit-Remaining": ("integer", "What is left in that window."),
    "RateLimit-Reset": ("integer", "Seconds until that window starts anew."),
    "X-RateLimit-Limit": ("integer", "As `RateLimit-Limit`."),
    "X-RateLimit-Remaining": ("integer", "As `RateLimit-Remaining`."),
    "X-RateLimit-Reset": ("integer", "When that window starts anew, in seconds since 1970."),
    "ETag": ("string", "The version of what is shown, for `If-Match` and `If-None-Match`."),
    "Retry-After": ("integer", "Seconds to wait."),
    "WWW-Authenticate": ("string", "How to say who one is."),
    "Idempotency-Replayed": ("string", "`true` when this repeats the answer to an earlier request."),
}
_OF_ALL: Final = tuple(name for name in _HEADERS if "RateLimit" in name or name == "X-Request-ID")

# Every answer to a key has the limits; where each refusal lists them, nobody finds anything else.
_OF_REFUSALS: Final = {401: ["X-Request-ID", "WWW-Authenticate"], 429: [*_OF_ALL, "Retry-After"]}
_RETRY: Final = {429: {"retry_after_seconds": 17}}
_DETAILS: Final = {
    422: [
        {
            "field": "metadata",
            "message": "51 keys result, of which 50 are allowed.",
            "code": "too_many_keys",
        }
    ]
}

_SESSION_SCHEMES: Final[Json] = {
    "Session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-session",
        "description": "The session of a person who has logged in; without TLS its name is `session`.",
    },
    "CsrfToken": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRFToken",
        "description": "Together with a session: the `csrf_token` of the login.",
    },
}

_METADATA_FILTER: Final[Json] = {
    "name": "metadata",
    "in": "query",
    "style": "deepObject",
    "explode": True,
    "description": "`metadata[key]=value`: what has this value under this key; several must all hold.",
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
}

_PARAMETERS: Final[Mapping[str, tuple[str, Json]]] = {
    "Idempotency-Key": (
        "A text of one's own. For a day the same request with it is carried out once, and answered alike.",
        {"type": "string", "pattern": "^[!-~]{1,255}$"},
    ),
    "If-Match": (
        "The `ETag` of what is to be changed, as it was read; with another one nothing changes.",
        {"type": "string"},
    ),
    "If-None-Match": ("The `ETag` of what the caller has already.", {"type": "string"}),
    "Prefer": (
        "`live`: answer when every edge worker serves the change, or after 2 s. `live, wait=5` waits longer.",
        {"type": "string"},
    ),
}


@dataclass(frozen=True, slots=True)
class _Described:
    """An operation, and what the document says of it so far."""

    operation: Operation
    said: Json

    @property
    def has_input(self) -> bool:
        return self.has_body or any("name" in each for each in self.said.get("parameters", ()))

    @property
    def has_body(self) -> bool:
        return "requestBody" in self.said

    @property
    def is_conditional(self) -> bool:
        operation = self.operation
        has_reader = operation.method in _CHANGES and operation.reader is not None
        return has_reader or (operation.method in _WRITES and operation.depends_on(Conditional))


def complete(document: Json, table: RouteTable) -> Json:
    """Return the document that FastAPI has made with all that the conventions add to it."""
    components = document.setdefault("components", {})
    components["headers"] = {name: _header(*described) for name, described in _HEADERS.items()}
    components["parameters"] = {name: _parameter(name, *each) for name, each in _PARAMETERS.items()}
    components["responses"] = {
        code: _refusal(status, code, when) for status, (code, when) in REFUSALS.items()
    }
    components["securitySchemes"] = {**components.get("securitySchemes", {}), **_SESSION_SCHEMES}
    names: set[str] = set()
    for each in _find_operations(document, table):
        _name(each, names)
        _add_security(each)
        _add_parameters(each)
        _add_refusals(each)
        _add_headers(each)
        _add_forms(each)
        _add_examples(each, components)
    return document


def _find_operations(document: Json, table: RouteTable) -> Iterator[_Described]:
    for path, methods in document["paths"].items():
        resource = table.find_exactly(path)
        for method, said in methods.items():
            if resource is not None and (operation := resource.find(method.upper())) is not None:
                yield _Described(operation, said)


def _name(each: _Described, names: set[str]) -> None:
    """Give the operation the name of its function, which no other one in the document has."""
    name = each.operation.name.rpartition(".")[2]
    each.said["operationId"] = name if name not in names else f"{name}_{each.operation.method.lower()}"
    names.add(name)


def _add_security(each: _Described) -> None:
    """Say that a person's session will do where a key does; writes prove that a page of ours sends them."""
    if "security" in each.said:
        proof: Json = {"CsrfToken": []} if each.operation.method in _WRITES else {}
        each.said["security"].append({"Session": [], **proof})


def _add_refusals(each: _Described) -> None:
    responses = each.said["responses"]
    for wildcard in _WILDCARDS:
        responses.pop(wildcard, None)
    for status in sorted(_find_refusals(each)):
        responses.setdefault(str(status), {"$ref": f"#/components/responses/{REFUSALS[status][0]}"})


def _find_refusals(each: _Described) -> Iterator[int]:
    yield from (401, 429, 500, 503)
    if each.operation.needs_credential:
        yield 403
    if each.has_input:
        yield from (400, 404, 422)
    if each.has_body:
        yield from (413, 415)
    if each.operation.method in _WRITES:
        yield from (400, 404, 409, 422)
    if each.is_conditional:
        yield 412


def _add_parameters(each: _Described) -> None:
    names = []
    if each.operation.method == "POST" and each.operation.needs_credential:
        names.append("Idempotency-Key")
    if each.operation.method in _WRITES and each.operation.needs_credential:
        names.append("Prefer")
    if each.operation.method == "GET":
        names.append("If-None-Match")
    if each.is_conditional:
        names.append("If-Match")
    parameters = [known for known in each.said.get("parameters", ()) if known["name"].title() not in names]
    if each.operation.depends_on(read_metadata_filter):
        parameters.append(_METADATA_FILTER)
    references = [{"$ref": f"#/components/parameters/{name}"} for name in names]
    if parameters or references:
        each.said["parameters"] = [*parameters, *references]


def _add_headers(each: _Described) -> None:
    for status, response in each.said["responses"].items():
        if "$ref" not in response and int(status) < _FIRST_REFUSAL:
            names = [*_OF_ALL]
            if each.operation.method == "GET" or each.is_conditional:
                names.append("ETag")
            if each.operation.method == "POST":
                names.append("Idempotency-Replayed")
            response["headers"] = _refer(names) | response.get("headers", {})


def _add_forms(each: _Described) -> None:
    if takes_form(each.operation):
        content = each.said["requestBody"]["content"]
        content.setdefault(FORM, {"schema": content[_JSON]["schema"]})


def _add_examples(each: _Described, components: Json) -> None:
    schemas = components.get("schemas", {})
    if body := each.said.get("requestBody", {}).get("content", {}).get(_JSON):
        body.setdefault("example", make_example(body["schema"], schemas, is_whole=False))
    for response in each.said["responses"].values():
        shown = response.get("content", {}).get(_JSON)
        if shown and shown.get("schema"):
            shown.setdefault("example", make_example(shown["schema"], schemas, is_whole=True))


def _refer(names: list[str]) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _header(kind: str, meaning: str) -> Json:
    return {"description": meaning, "schema": {"type": kind}}


def _parameter(name: str, meaning: str, schema: Json) -> Json:
    return {"name": name, "in": "header", "required": False, "description": meaning, "schema": schema}


def _refusal(status: int, code: str, when: str) -> Json:
    error = {"code": code, "message": when, "status": status, "details": _DETAILS.get(status)}
    problem = {
        "type": f"https://id.example.com/docs/errors/{code.lower()}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": when,
        "error_code": code.lower(),
        "retryable": status in RETRYABLE,
        "timestamp": "2026-05-04T09:30:00Z",
    }
    errors = {"errors": _DETAILS[status]} if status in _DETAILS else {}
    retry = _RETRY.get(status, {})
    return {
        "description": when,
        "headers": _refer(_OF_REFUSALS.get(status, ["X-Request-ID"])),
        "content": {
            _JSON: {"schema": _schema("ErrorEnvelope"), "example": {"error": error | retry}},
            _PROBLEM: {"schema": _schema("Problem"), "example": problem | retry | errors},
        },
    }


def _schema(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
