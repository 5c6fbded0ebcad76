"""The routes of the API, made from its OpenAPI documents, and the roles that may use them."""

from collections.abc import Iterator
from typing import Any

from admin_api.wiring import Domain, create_domains
from product_platform.kit.permissions import PERMISSIONS, Permission
from tests.docs.tables import render_table


def render_routes() -> str:
    """Return a section for each API: every method and path, what it does, and its parameters."""
    return "\n".join("\n".join(_render_domain(domain)) for domain in create_domains())


def _render_domain(domain: Domain) -> Iterator[str]:
    yield f"### {domain.app.title}: `{domain.mount}`\n"
    paths: dict[str, dict[str, Any]] = domain.app.openapi()["paths"]
    yield render_table(
        ("Method", "Path", "What it does", "Query"),
        [
            (method.upper(), f"`{path}`", _describe(operation), _parameters(operation))
            for path, operations in paths.items()
            for method, operation in operations.items()
        ],
    )


def _describe(operation: dict[str, Any]) -> str:
    sentence: str = operation["description"].partition("\n\n")[0].replace("\n", " ")
    return sentence if operation.get("security") else f"{sentence} Needs no key."


def _parameters(operation: dict[str, Any]) -> str:
    parameters = (each for each in operation.get("parameters", ()) if each.get("in") == "query")
    return ", ".join(f"`{each['name']}`" for each in parameters)


def render_roles() -> str:
    """Return a table of roles and permissions."""
    heads = ("Permission", *(f"`{role}`" for role in PERMISSIONS))
    return render_table(
        heads,
        [
            (f"`{permission}`", *("yes" if permission in granted else "" for granted in PERMISSIONS.values()))
            for permission in Permission
        ],
    )
