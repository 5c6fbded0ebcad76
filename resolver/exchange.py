"""One request for a known item, with everything that an answer to it is made of."""

from typing import NamedTuple

from resolver.holder import Standing
from resolver.profiles import Profile
from resolver.request import Request
from resolver.verification_link import VerificationLink, find_verification
from rules_compiler.compose import Composition
from rules_compiler.gs1 import DigitalLink
from rules_compiler.model import Query
from rules_compiler.tables import Table


class Exchange(NamedTuple):
    """A request that was understood, for an item that is in the catalogue."""

    request: Request
    link: DigitalLink
    query: Query
    standing: Standing
    table: Table
    root: str
    profile: Profile
    verify_root: str

    @property
    def verification(self) -> VerificationLink | None:
        """The link to the verification of the serial that the request is about, if it is about one."""
        return find_verification(self.link.ais, self.verify_root)

    @property
    def composition(self) -> Composition:
        """Who answers for the item, and with what."""
        return self.standing.composition

    @property
    def key(self) -> bytes:
        """The identifier as we spell it, without the leading slash."""
        return self.link.slice_key.encode()

    @property
    def uri(self) -> str:
        """The identifier as we spell it, without query."""
        return f"{self.root}/{self.link.slice_key}"

    @property
    def hosted_url(self) -> str:
        """Our own page of the identifier."""
        return f"{self.root}/p/{self.link.slice_key}"
