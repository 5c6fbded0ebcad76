"""What an IDENTIFIER rule governs: any level of any primary key, or every value of its last identifier."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from product_platform.digital_link.errors import IdentifierTakenError
from product_platform.digital_link.repository import identifiers as repository
from product_platform.kit.db import Connection
from rules_compiler.gs1 import (
    IDENTIFIERS,
    DigitalLinkError,
    Elements,
    ParseOptions,
    levels,
    parse_path,
    slice_key,
)
from rules_compiler.model import WILDCARD, SliceKey

_WHOLE_PATH: Final = ParseOptions(stem=False)
_OPEN_QUALIFIERS: Final = frozenset({"10", "21", "22", "235"})
_GTIN_LENGTH: Final = 14
_PREFIXED_BY_A_DIGIT: Final = frozenset({"00", "01", "8003", "8006"})
_SHORT_NAMES: Final = {"414": "GLN", "415": "GLN", "417": "GLN", "8017": "GSRN", "8018": "GSRN"}


class Identifier(NamedTuple):
    """One level of a primary key, and the slice that is compiled from its rules."""

    ais: Elements
    slice_key: SliceKey

    @property
    def item_key(self) -> SliceKey:
        """The slice of the primary key."""
        return slice_key(self.ais[:1])

    @property
    def gtin(self) -> str | None:
        """The GTIN that the key is, or of which it is a piece."""
        ai, value = self.ais[0]
        return value[:_GTIN_LENGTH] if ai in {"01", "8006"} else None

    @property
    def prefix(self) -> str:
        """The GS1 prefix under which the primary key was given out."""
        ai, value = self.ais[0]
        start = 1 if ai in _PREFIXED_BY_A_DIGIT else 0
        return value[start : start + 3]

    @property
    def name(self) -> str:
        """What the primary key is called as long as nobody says better."""
        ai, value = self.ais[0]
        return f"{_SHORT_NAMES.get(ai, IDENTIFIERS[ai].title)} {value}"


def parse_identifier(path: str) -> Identifier:
    """Return the level that *path* names; raises DigitalLinkError.

    A path that ends in `/*` names every value; the value `*` itself is written `%2A`.
    """
    ais = parse_path(path.encode(errors="surrogatepass"), options=_WHOLE_PATH).ais
    if levels(ais)[0] != ais:
        *needless, last = [ai for ai, _ in ais[1:]]
        message = f"{last} tells one from all others by itself: leave out {' and '.join(needless)}."
        raise DigitalLinkError("needless_qualifiers", 0, message)
    if f"/{WILDCARD}/" in path:
        message = f"Only the last value may be {WILDCARD}, which stands for any. Write %2A for an asterisk."
        raise DigitalLinkError("wildcard_not_last", path.index(f"/{WILDCARD}/"), message)
    if not path.endswith(f"/{WILDCARD}"):
        return Identifier(ais, slice_key(ais))
    ai = ais[-1][0]
    if ai not in _OPEN_QUALIFIERS:
        message = f"{WILDCARD} stands for any value of {', '.join(sorted(_OPEN_QUALIFIERS))}, not of {ai}."
        raise DigitalLinkError("wildcard_not_allowed", len(path) - 1, message)
    return Identifier(ais, f"{slice_key(ais[:-1])}/{ai}/{WILDCARD}")


async def register(
    connection: Connection,
    organization_id: UUID,
    identifier: Identifier,
    *,
    product_id: UUID | None,
    at: datetime,
) -> None:
    """Store whose the primary key is, if nobody has yet; raises IdentifierTakenError.

    A product is stored where products are, and its pieces go with it.
    """
    key = identifier.item_key
    if product_id is None:
        owner = await repository.register(
            connection, key, organization_id=organization_id, name=identifier.name, at=at
        )
        if owner != organization_id:
            raise IdentifierTakenError(key)
    elif identifier.ais[0][0] != "01":
        await repository.register_piece(connection, key, product_id=product_id, name=identifier.name, at=at)
