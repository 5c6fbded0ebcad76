"""Five URLs to try, each with the answer to expect."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoUrl:
    """A URL below the root of the resolver: what it shows, and where it leads.

    `location` is absolute, or a path below the root where the answer is our own page.
    """

    path: str
    shows: str
    location: str
    status: int = 307

    def to_location(self, root: str) -> str:
        """Return the `Location` of the answer from a resolver at *root*."""
        return f"{root}{self.location}" if self.location.startswith("/") else self.location


DEMO_URLS = (
    DemoUrl(
        "/01/09521001000017",
        "a carton of oat drink goes to its product page",
        "https://patient-oat.example/barista",
    ),
    DemoUrl(
        "/01/09521001000017?context=CA",
        "the same carton, as if scanned in Canada, goes to the Canadian page",
        "https://patient-oat.example/ca/barista?context=CA",
    ),
    DemoUrl(
        "/01/09521001000017/10/L2607B",
        "a recalled batch goes to its recall notice, whatever the product's rules say",
        "https://patient-oat.example/recalls/L2607B",
    ),
    DemoUrl(
        "/01/09522002000013/21/BO-000042",
        "one single bicycle light goes to its own logbook",
        "https://owl-and-spoke.example/logbook/BO-000042",
    ),
    DemoUrl(
        "/01/09522002000044/21/EO-000666",
        "a serial number reported as copied goes to a page of ours that warns of it",
        "/p/01/09522002000044/21/EO-000666",
    ),
)
"""What `signpost up` prints. All of it holds on any day, for a caller who sends no preference."""
