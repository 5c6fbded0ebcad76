"""What a rule in a file governs, as far as the file alone can tell."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from product_platform.digital_link.service.identifiers import parse_identifier
from product_platform.digital_link.service.scopes import QUALIFIER_SCOPES
from product_platform.kit.errors import Detail
from product_platform.kit.ids import MalformedIdError, from_short
from rules_compiler.gs1 import DigitalLinkError, check_value, normalize_gtin, slice_key
from rules_compiler.model import ScopeType, SliceKey

_FORBIDDEN: Final = {ScopeType.ORGANIZATION: ("scope_id", "product_id"), ScopeType.BRAND: ("product_id",)}
_GTIN_LENGTH: Final = 14


@dataclass(slots=True)
class FileScope:
    """The scope of a rule, and what is wrong with it.

    The slice is empty when only the catalogue knows it; that of a brand or organization bears the
    name by which the file calls it.
    """

    scope_type: ScopeType
    slice_key: SliceKey = ""
    defects: list[Detail] = field(default_factory=list)

    @contextmanager
    def noting(self, name: str) -> Iterator[None]:
        """Note a refusal that the block raises as a defect of the field *name*."""
        try:
            yield
        except DigitalLinkError as error:
            self.defects.append(Detail(name, error.message, error.code))
        except MalformedIdError as error:
            self.defects.append(Detail(name, str(error), error.code))


def find_file_scope(values: Mapping[str, Any], *, brand: object) -> FileScope:
    """Return the scope that the fields of a rule name; *brand* is what the line calls its brand."""
    scope_type = values.get("scope_type")
    scope = FileScope(scope_type or ScopeType.ORGANIZATION)
    if scope_type is None:  # missing or wrong, of which is told already
        return scope
    forbidden = _FORBIDDEN.get(scope_type, ())
    for name in forbidden:
        if values.get(name) is not None:
            message = f"A rule of the scope {scope_type} has no {name}: leave it out."
            scope.defects.append(Detail(name, message, f"{name}_not_allowed"))
    scope_id, product_id = values.get("scope_id"), values.get("product_id")
    if scope_type is ScopeType.ORGANIZATION:
        scope.slice_key = "org/"
    elif scope_type is ScopeType.BRAND and isinstance(brand, str):
        scope.slice_key = f"brand/{brand}"
    elif not scope_id:
        _note_missing(scope, "scope_id", f"A rule of the scope {scope_type} needs a scope_id.")
    elif scope_type is ScopeType.BRAND:
        with scope.noting("scope_id"):
            scope.slice_key = f"brand/{from_short(scope_id)}"
    elif scope_type is ScopeType.PRODUCT:
        with scope.noting("scope_id"):
            scope.slice_key = slice_key([("01", normalize_gtin(scope_id))])
    elif scope_type is ScopeType.IDENTIFIER:
        with scope.noting("scope_id"):
            scope.slice_key = parse_identifier(scope_id).slice_key
    else:
        _read_qualifier(scope, scope_id, product_id)
    return scope


def _read_qualifier(scope: FileScope, scope_id: str, product_id: str | None) -> None:
    ai = QUALIFIER_SCOPES[scope.scope_type]
    with scope.noting("scope_id"):
        check_value(ai, scope_id)
    if not product_id:
        _note_missing(scope, "product_id", "Say of which product: give its id or its GTIN.")
        return
    with scope.noting("product_id"):
        if product_id.isdecimal() and len(product_id) <= _GTIN_LENGTH:
            scope.slice_key = slice_key([("01", normalize_gtin(product_id)), (ai, scope_id)])
        else:
            from_short(product_id)


def _note_missing(scope: FileScope, name: str, message: str) -> None:
    scope.defects.append(Detail(name, message, f"{name}_missing"))
