"""The resolver description file (GS1-Conformant Resolver 1.2, clause 3)."""

from typing import Any

from rules_compiler.link_types import NAMESPACE

SUPPORTED_PRIMARY_KEYS = ("01",)


def describe(root: str) -> dict[str, Any]:
    """Return the content of `/.well-known/gs1resolver` for the resolver at *root*."""
    return {
        "name": "Signpost",
        "resolverRoot": root,
        "supportedPrimaryKeys": list(SUPPORTED_PRIMARY_KEYS),
        "supportedLinkType": [{"namespace": NAMESPACE, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
    }
