"""Store the rules of a document: good links are kept, the others are reported."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID, uuid4

from asyncpg import DataError

from product_platform.digital_link.models import RuleChange
from product_platform.digital_link.repository import imports as repository
from product_platform.digital_link.repository.rules import lock_rule_set
from product_platform.digital_link.service.identifiers import Identifier
from product_platform.digital_link.service.imports.anchors import Anchor, Place
from product_platform.digital_link.service.imports.documents import Document, read_anchors
from product_platform.digital_link.service.imports.drafts import Draft, draft_rules
from product_platform.digital_link.service.imports.findings import DocumentReport
from product_platform.digital_link.service.rules import Author, Rules
from product_platform.kit.clock import Clock
from product_platform.kit.db import Connection, Database
from product_platform.kit.errors import ApiError, Detail
from product_platform.kit.outbox import record_changes
from product_platform.kit.permissions import Permission, Principal
from product_platform.products import ProductRecord, Products, SerialRecord
from rules_compiler.model import SliceKey

MARK: Final = "imported_from"
"""The metadata key of rules that came from a document; they are replaced when it is loaded again."""

_RULES_AT_ONCE: Final = 500
_MAX_NAME_LENGTH: Final = 255
# What the members of a link are called in a document.
_MEMBERS: Final = {
    "custom_url": "href",
    "languages": "hreflang",
    "media_type": "type",
    "contexts": "context",
}

OnProgress = Callable[[int], None]


async def import_document(  # as import_lines
    database: Database,
    document: Document,
    *,
    organization_id: UUID,
    principal: Principal,
    clock: Clock,
    on_progress: OnProgress = lambda _links: None,
) -> DocumentReport:
    """Make every good link of *document* a rule of the organization, and report the others.

    What an earlier document said of the same identifier is replaced, so loading one again changes
    nothing, and goes on where it stopped. *on_progress* hears after each transaction how many links
    were looked at.
    """
    for permission in (Permission.CLAIM, Permission.CONTRIBUTE, Permission.CHANGE_RULES):
        principal.require(permission, organization_id)
    report = DocumentReport()
    anchors = read_anchors(document, report)
    names = _name_items(anchors)
    author = Author(principal, note="import")
    looked_at = 0
    for batch in _batches(anchors):
        async with database.transaction() as connection:
            await lock_rule_set(connection, organization_id)
            load = _Load(connection, organization_id, clock=clock, report=report, mark=document.format)
            changes = [change for anchor in batch for change in await load.keep(anchor, names)]
            if changes:
                await Rules(clock).record(connection, organization_id, changes, author=author)
        looked_at += sum(len(anchor.links) for anchor in batch)
        on_progress(looked_at)
    return report


class _Load:
    """Stores anchors of one organization, in the transaction of the connection that it is given."""

    def __init__(
        self,
        connection: Connection,
        organization_id: UUID,
        *,
        clock: Clock,
        report: DocumentReport,
        mark: str,
    ) -> None:
        self._connection = connection
        self._organization_id = organization_id
        self._clock = clock
        self._report = report
        self._mark = mark
        self._products = Products(clock)
        self._rules = Rules(clock)

    async def keep(self, anchor: Anchor, names: Mapping[SliceKey, str]) -> list[RuleChange]:
        """Make the links of *anchor* the rules of its place, and return what that changed."""
        identifier = anchor.place.identifier
        name = names[identifier.item_key]
        try:
            async with self._connection.transaction():
                await self._keep_product(anchor.place, name)
        except (ApiError, DataError) as error:
            code, _, message = next(_explain(error))
            self._report.refuse(anchor.path or "anchor", code, message, links=max(1, len(anchor.paths)))
            return []
        default_link_type = await repository.get_default_link_type(self._connection, self._organization_id)
        old = await repository.fetch_marked(
            self._connection, self._organization_id, identifier.slice_key, MARK
        )
        changes, kept = [], 0
        for draft in draft_rules(anchor, default_link_type, self._report):
            rule_id = old[kept].id if kept < len(old) else uuid4()
            is_kept, change = await self._keep_rule(rule_id, draft)
            kept += is_kept
            changes.extend([change] if change else [])
        changes += [await self._rules.remove(self._connection, rule) for rule in old[kept:]]
        if kept and name:
            await self._name_key(identifier, name)
        self._report.kept += sum(not self._report.has_refused(path) for path in anchor.paths)
        return changes

    async def _keep_product(self, place: Place, name: str) -> None:
        """Have the product in the catalogue as the organization's, under *name* if it is new."""
        (ai, _), *qualifiers = place.identifier.ais
        gtin = place.identifier.gtin
        if gtin is None:
            return
        known = await self._products.find(self._connection, gtin)
        named = {"product_name": name} if known is None and name and ai == "01" else {}
        product = ProductRecord(gtin=gtin, **named)
        await self._products.upsert(self._connection, self._organization_id, record=product)
        if place.lot is not None and ai == "01":
            serial = SerialRecord(gtin=gtin, serial=qualifiers[-1][1], lot=place.lot)
            await self._products.set_serial(self._connection, self._organization_id, record=serial)

    async def _name_key(self, identifier: Identifier, name: str) -> None:
        """Call a primary key that is no product *name*, if it has no name but its own."""
        key = identifier.item_key
        at = self._clock.now()
        if await repository.name_key(self._connection, key, name, instead_of=identifier.name, at=at):
            await record_changes(self._connection, [key], self._organization_id)

    async def _keep_rule(self, rule_id: UUID, draft: Draft) -> tuple[bool, RuleChange | None]:
        """Tell whether the rule could be stored, and what that changed."""
        body = {**draft.fields, "metadata": {MARK: self._mark}}
        try:
            async with self._connection.transaction():  # a bad link takes back nothing but itself
                change = await self._rules.put(
                    self._connection, self._organization_id, rule_id=rule_id, body=body
                )
        except (ApiError, DataError) as error:
            for code, field, message in _explain(error):
                self._report.refuse(draft.path, code, message, field=field)
            return False, None
        return True, change


def _name_items(anchors: Sequence[Anchor]) -> dict[SliceKey, str]:
    """Return the name of each item: what its own anchor says, or else the first of its narrower ones."""
    names: dict[SliceKey, str] = {}
    for anchor in sorted(anchors, key=lambda anchor: len(anchor.place.identifier.ais)):
        identifier = anchor.place.identifier
        names[identifier.item_key] = names.get(identifier.item_key) or anchor.description[:_MAX_NAME_LENGTH]
    return names


def _batches(anchors: Sequence[Anchor]) -> Iterator[list[Anchor]]:
    batch: list[Anchor] = []
    size = 0
    for anchor in anchors:
        batch.append(anchor)
        size += len(anchor.paths)
        if size >= _RULES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _explain(error: ApiError | DataError) -> Iterator[tuple[str, str | None, str]]:
    """Yield code, member of the link and message of each reason."""
    if isinstance(error, DataError):
        yield "unstorable_text", None, "A text cannot be stored."
        return
    for detail in error.details or [Detail("", error.message)]:
        field = detail.field.partition("[")[0]
        yield detail.code or error.code.lower(), _MEMBERS.get(field, field) or None, detail.message
