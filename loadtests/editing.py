"""Edits rules as brands do, through the platform's own services, and remembers what each edit said.

Only the target of a product's widest plain rule changes, to a place that tells the number of the edit.
Which table number has an edit in it the database tells, so that answers can be held to the reference at
theirs.
"""

import random
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field, replace
from uuid import UUID

from loadtests.data import catalogue_at, item_at, organization_id_of
from loadtests.loading import EDITABLE
from product_platform.digital_link import Author, Rules
from product_platform.kit.clock import SystemClock
from product_platform.kit.db import Database
from product_platform.kit.ids import from_short
from product_platform.kit.outbox import read_recorded
from product_platform.kit.permissions import PERMISSIONS, Principal, Role
from rules_compiler.model import Catalogue, DestinationType, Rule

_EDITOR = "editor@load.example"
_PLACES = 200
"""So many products are edited again and again."""


@dataclass(slots=True)
class Edit:
    """One edit: of which product, its new target, and the table that has it, None until published."""

    index: int
    target: str
    recorded: list[int]
    table: int | None = None


@dataclass(slots=True)
class History:
    """What was edited, in the order of commits."""

    edits: list[Edit] = field(default_factory=list)
    _by_index: defaultdict[int, list[Edit]] = field(default_factory=lambda: defaultdict(list))

    def add(self, edit: Edit) -> None:
        """Remember *edit*, which is about to be committed."""
        self.edits.append(edit)
        self._by_index[edit.index].append(edit)

    def catalogue_at(self, index: int, table: int) -> Catalogue:
        """Return what the table *table* was compiled from, as far as it concerns the product *index*."""
        catalogue = catalogue_at(index)
        edits = [edit for edit in self._by_index[index] if edit.table is not None]
        # Tables of later edits are never older.
        place = bisect_right([edit.table or 0 for edit in edits], table)
        if place == 0:
            return catalogue
        edited, target = find_editable(catalogue), edits[place - 1].target
        rules = tuple(
            rule._replace(custom_url=target) if rule is edited else rule for rule in catalogue.rules
        )
        return replace(catalogue, rules=rules)

    def tables_between(self, index: int | None, first: int, last: int) -> list[int]:
        """Return tables from *first* to *last* among which is one of each state of the product *index*."""
        edits = self._by_index.get(index, ()) if index is not None else ()
        between = {edit.table for edit in edits if edit.table is not None and first < edit.table < last}
        return sorted({first, last, *between})

    def is_edited(self, index: int) -> bool:
        """Tell whether the product *index* was ever edited."""
        return bool(self._by_index.get(index))


def find_editable(catalogue: Catalogue) -> Rule | None:
    """Return the rule of a product that gets edited: the last plain one for everybody."""
    key = catalogue.items[0].key
    return next(
        (rule for rule in reversed(catalogue.rules) if rule.slice_key == key and _is_plain(rule)), None
    )


def _is_plain(rule: Rule) -> bool:
    return (
        rule.destination_type is DestinationType.CUSTOM_URL
        and rule.enabled
        and not (rule.is_dead or rule.weight or rule.link_type or rule.media_type)
        and not (rule.languages or rule.contexts or rule.location_countries)
        and "{" not in (rule.custom_url or "")
    )


def editable_places(size: int) -> list[int]:
    """Return the products that get edited: such as have a plain rule, spread over those that are loaded."""
    candidates = range(0, min(size, EDITABLE), max(1, min(size, EDITABLE) // (2 * _PLACES)))
    found = [
        index
        for index in candidates
        if find_editable(item_at(index)) and item_at(index).items[0].is_resolvable
    ]
    return found[:_PLACES]


class Editor:
    """Edits one rule after the other, each in a transaction of its own."""

    def __init__(self, database: Database, user_id: UUID, places: list[int], seed: int = 0) -> None:
        self._database = database
        self._rules = Rules(SystemClock())
        self._places = places
        self._chance = random.Random(seed)
        organizations = {from_short(organization_id_of(index)) for index in places}
        may = dict.fromkeys(organizations, PERMISSIONS[Role.OWNER])
        self._author = Author(Principal(user_id=user_id, organizations=may))
        self.history = History()

    @classmethod
    async def open(cls, database: Database, size: int) -> "Editor":
        """Return an editor of a catalogue of *size* products, who is a user of the database."""
        user_id = await database.pool.fetchval(
            "INSERT INTO users (email) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id", _EDITOR
        ) or await database.pool.fetchval("SELECT id FROM users WHERE email = $1", _EDITOR)
        return cls(database, user_id, editable_places(size))

    async def edit(self, index: int | None = None) -> Edit:
        """Change the target of the rule of a product, any unless told which; return after the commit."""
        index = self._chance.choice(self._places) if index is None else index
        catalogue = item_at(index)
        rule = find_editable(catalogue)
        if rule is None:
            raise LookupError(f"product {index} has no plain rule")
        target = f"{(rule.custom_url or '').partition('?')[0]}?edit={len(self.history.edits) + 1}"
        async with self._database.transaction() as connection:
            await self._rules.patch(
                connection, from_short(rule.id), body={"custom_url": target}, author=self._author
            )
            edit = Edit(index, target, await read_recorded(connection))
            # Before the commit: a worker may serve it before that has been heard of here.
            self.history.add(edit)
        return edit

    async def learn_tables(self) -> None:
        """Ask which tables have the edits in them that were not known to be published."""
        unknown = {id_: edit for edit in self.history.edits if edit.table is None for id_ in edit.recorded}
        rows = await self._database.pool.fetch(
            "SELECT id, seq FROM outbox WHERE id = ANY($1::bigint[]) AND done_at IS NOT NULL", list(unknown)
        )
        for row in rows:
            unknown[row["id"]].table = row["seq"]
