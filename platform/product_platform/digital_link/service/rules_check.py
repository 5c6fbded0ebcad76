"""Check a file of rules and products by itself: everything that is wrong with it, all at once.

What only the catalogue can tell is not looked at: whether a brand or product is there, and whose.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from product_platform.account import OrganizationUpdate
from product_platform.brands import BrandRecord
from product_platform.digital_link.models import StoredRule, share_a_place
from product_platform.digital_link.schemas.custom_urls import CustomUrlRecord
from product_platform.digital_link.schemas.rules import RuleCreate, RulePatch
from product_platform.digital_link.service.fields import REF_MISSING, read_fields
from product_platform.digital_link.service.file_scopes import FileScope, find_file_scope
from product_platform.digital_link.service.rule_draft import DEFAULTS, find_defects, normalize
from product_platform.kit.errors import Detail, InvalidError
from product_platform.kit.lines import Line, read_line, refuse, to_record
from product_platform.kit.metadata import merge_metadata
from product_platform.products import LotRecord, ProductRecord, SerialRecord
from rules_compiler.gs1 import slice_key
from rules_compiler.lint import Severity, lint
from rules_compiler.model import Catalogue, Item, Rule, SliceKey
from rules_compiler.templates import find_url_defects

_RECORDS: Final[Mapping[str, type[BaseModel]]] = {
    "organization": OrganizationUpdate,
    "brand": BrandRecord,
    "product": ProductRecord,
    "lot": LotRecord,
    "serial": SerialRecord,
    "custom_url": CustomUrlRecord,
}
_SCOPE_FIELDS: Final = frozenset({"scope_type", "scope_id", "product_id"})
_NOBODY: Final = UUID(int=0)
_NO_TIME: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Why a line cannot be loaded, or is strange; lines count from 1, and *rule* is a rule's ref or id."""

    line: int
    rule: str | None
    code: str
    field: str | None
    message: str
    severity: Severity = Severity.ERROR


def check_lines(lines: Iterable[str | bytes], *, at: datetime) -> Iterator[FileProblem]:
    """Yield every problem of a file, in the order of its lines, then what is strange about its rules.

    Windows are looked at from *at* on.
    """
    check = _FileCheck()
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        line: Line = {}
        try:
            line = read_line(text)
            check.look_at(dict(line))
        except InvalidError as error:
            rule = _name_of(line)
            for detail in error.details or ():
                code = detail.code or error.code.lower()
                yield FileProblem(number, rule, code, detail.field or None, detail.message)
        else:
            check.keep_line(number)
    yield from check.find_warnings(at)


class _FileCheck:
    """Looks at one line after the other, and remembers which names and places are taken."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._places: dict[tuple[SliceKey, int], StoredRule] = {}
        self._looked_at: Rule | None = None
        self._good: dict[str, tuple[int, Rule]] = {}
        self._items: list[Item] = []

    def look_at(self, line: Line) -> None:
        """Raise InvalidError with everything that is wrong with the line."""
        self._looked_at = None
        kind = line.pop("type", None)
        if kind == "rule":
            self._look_at_rule(line)
        elif isinstance(kind, str) and kind in _RECORDS:
            brand = line.get("brand")
            record = _look_at_record(kind, line)
            if isinstance(record, ProductRecord) and isinstance(brand, str):
                key = slice_key([("01", record.gtin)])
                self._items.append(Item(key=key, name=record.gtin, brand_id=brand))
        else:
            refuse("type", f"{kind!r} is none of {', '.join((*_RECORDS, 'rule'))}.", "unknown_type")

    def _look_at_rule(self, line: Line) -> None:
        name = _name_of(line)
        details = list(self._find_name_defects(name))
        body = {field: value for field, value in line.items() if field not in {"id", "ref", "brand"}}
        sent, field_details = read_fields(RuleCreate, RulePatch, body)
        values = normalize(sent)
        scope = find_file_scope(values, brand=line.get("brand"))
        details += [*field_details, *scope.defects]
        metadata = values.pop("metadata", None)
        try:
            merge_metadata({}, metadata)
        except InvalidError as error:
            details += error.details or ()
        rule = _to_rule(values, scope)
        details += find_defects(rule, details)
        if "order_index" in values and scope.slice_key:
            details += self._find_place_defects(rule)
        if details:
            raise InvalidError(details)
        if scope.slice_key and name is not None:
            place = rule.order_index if "order_index" in values else self._next_place(scope.slice_key)
            self._looked_at = rule.to_rule()._replace(id=name, order_index=place, organization_id="")

    def keep_line(self, number: int) -> None:
        """Remember the rule of the line that was looked at last, which is good."""
        if self._looked_at is not None:
            self._good[self._looked_at.id] = (number, self._looked_at)

    def find_warnings(self, at: datetime) -> Iterator[FileProblem]:
        """Yield what is strange about the good rules of the file."""
        rules = tuple(rule for _, rule in self._good.values())
        for finding in lint(Catalogue(items=tuple(self._items), rules=rules), at.timestamp()):
            name = finding.rule_ids[0]
            number, _ = self._good[name]
            yield FileProblem(number, name, finding.code, finding.field, finding.message, finding.severity)

    def _next_place(self, key: SliceKey) -> int:
        places = (rule.order_index for _, rule in self._good.values() if rule.slice_key == key)
        return max(places, default=-1) + 1

    def _find_name_defects(self, name: str | None) -> Iterator[Detail]:
        if name is None:
            yield REF_MISSING
        elif name in self._names:
            yield Detail("ref", f"A rule {name!r} stands further up already.", "repeated_ref")
        else:
            self._names.add(name)

    def _find_place_defects(self, rule: StoredRule) -> Iterator[Detail]:
        other = self._places.setdefault((rule.slice_key, rule.order_index), rule)
        if other is not rule and not share_a_place(other, rule):
            message = "A rule of the same scope further up has this place already."
            yield Detail("order_index", message, "repeated_order_index")


def _look_at_record(kind: str, line: Line) -> BaseModel:
    if kind == "product":
        line.pop("brand", None)
    record = to_record(_RECORDS[kind], line)
    if isinstance(record, CustomUrlRecord):
        defects = find_url_defects(record.url)
        if defects:
            raise InvalidError([Detail("url", defect.message, defect.code) for defect in defects])
    return record


def _name_of(line: Line) -> str | None:
    """Return what a rule is called in its file."""
    if line.get("type", "rule") != "rule":
        return None
    names = (line.get("id"), line.get("ref"))
    return next((name for name in names if isinstance(name, str) and name), None)


def _to_rule(values: Mapping[str, Any], scope: FileScope) -> StoredRule:
    known = {name: value for name, value in values.items() if name not in _SCOPE_FIELDS}
    return StoredRule(
        id=_NOBODY,
        organization_id=_NOBODY,
        scope_type=scope.scope_type,
        scope_id=None,
        product_id=None,
        slice_key=scope.slice_key,
        created=_NO_TIME,
        modified=_NO_TIME,
        **{**DEFAULTS, **known},
    )
