"""The entries of a slice: compiled rules, each with all that it takes to answer."""

from typing import Any, NamedTuple

from rules_compiler.templates import Template
from rules_compiler.windows import Schedule

# What the first format wrote.
_FIELDS_WITHOUT_ARM = 11


class Place(NamedTuple):
    """Where an entry answers; every list is folded to lower case, an empty one takes any place."""

    countries: tuple[str, ...]
    regions: tuple[str, ...]
    cities: tuple[str, ...]


class Arm(NamedTuple):
    """That an entry shares its place in a level with the other arms there, by weight."""

    place: int
    weight: int


def shares_place(one: Arm | None, other: Arm | None) -> bool:
    """Return whether two entries of one level are arms of one weight group."""
    return one is not None and other is not None and one.place == other.place


class Entry(NamedTuple):
    """One compiled rule. Disabled rules and dead targets never get this far.

    `url` is None for the hosted page. `template` stands in for `url` when it has placeholders,
    `languages` are lower case, `contexts` as written, `schedule` and `place` are None when they
    constrain nothing.
    """

    rule_id: str
    scope: str
    link_type: str | None
    url: str | None
    template: Template | None
    title: str | None
    languages: tuple[str, ...]
    media_type: str | None
    contexts: tuple[str, ...]
    place: Place | None
    schedule: Schedule | None
    arm: Arm | None = None

    @property
    def is_fallback(self) -> bool:
        """Whether the entry has no preference, so that it is good for everybody it meets."""
        return not (self.languages or self.contexts or self.media_type)

    @property
    def is_good_for_all(self) -> bool:
        """Whether the entry is a candidate for everybody, everywhere, with one target."""
        return not (
            self.languages
            or self.contexts
            or self.media_type
            or self.place is not None
            or self.template is not None
            or self.arm is not None
        )

    def suits_context(self, context: str) -> bool:
        """Return whether *context* is one of the entry's, in whatever case."""
        return context.casefold() in (each.casefold() for each in self.contexts)


def pack_entry(entry: Entry) -> tuple[Any, ...]:
    """Return *entry* as primitives, as `unpack_entry` reads them."""
    template = entry.template and entry.template.to_packed()
    schedule = entry.schedule and entry.schedule.to_packed()
    return entry._replace(template=template, schedule=schedule)  # type: ignore[arg-type]  # a row of primitives


def unpack_entry(row: tuple[Any, ...]) -> Entry:
    """Return the entry that `pack_entry` wrote, in whatever format there has been."""
    if len(row) == _FIELDS_WITHOUT_ARM:
        row = (*row, None)
    rule_id, scope, link_type, url, template, title, languages, media_type, contexts, place, schedule, arm = (
        row
    )
    return Entry(
        rule_id,
        scope,
        link_type,
        url,
        template and Template.from_packed(template),
        title,
        languages,
        media_type,
        contexts,
        place and Place(*place),
        schedule and Schedule.from_packed(schedule),
        arm and Arm(*arm),
    )
