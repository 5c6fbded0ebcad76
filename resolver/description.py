"""The resolver description file (GS1-Conformant Resolver 1.2, clause 3)."""

from typing import Any

from resolver.profiles import Profile
from rules_compiler.link_types import NAMESPACE

DESCRIPTION_PATH = b"/.well-known/gs1resolver"


def describe(root: str, profile: Profile) -> dict[str, Any]:
    """Return the content of `/.well-known/gs1resolver` for the resolver at *root*."""
    return {
        "name": "Signpost",
        "resolverRoot": root,
        "supportedPrimaryKeys": sorted(profile.primary_keys),
        "supportedLinkType": [{"namespace": NAMESPACE, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
    }
