"""An example of a body, made from its JSON Schema: true to it, and always the same.

A field says what it looks like by `examples`; one that does not gets what fields of its name and
form usually hold.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

_MOST_NESTED: Final = 6
_LONGEST: Final = 10_000

_BY_NAME: Final[Mapping[str, Any]] = {
    "annual_end_mmdd": "12-24",
    "annual_start_mmdd": "12-01",
    "brand": "Oat Hill",
    "country": "CA",
    "country_of_origin": "CA",
    "custom_url": "https://oats.example/drink",
    "description": "An oat drink.",
    "email": "ana@example.com",
    "gtin": "09521234500018",
    "link_type": "gs1:pip",
    "message": "A sentence for people.",
    "name": "Oat Hill",
    "net_content": "1 L",
    "note": "Launch",
    "password": "correct horse battery",
    "product_name": "Oat Drink",
    "scope_id": "09521234500018",
    "serial": "S1",
    "serial_number": "S1",
    "time_of_day_end": "18:00",
    "time_of_day_start": "08:00",
    "timezone": "Europe/Berlin",
    "title": "Oat Drink",
    "uri": "/01/09521234500018",
    "url": "https://oats.example/drink",
    "website": "https://oats.example/",
}
_BY_FORMAT: Final[Mapping[str, str]] = {
    "date": "2026-05-04",
    "date-time": "2026-05-04T09:30:00Z",
    "email": "ana@example.com",
    "uri": "https://oats.example/",
    "uuid": "6f1c1d3e-8a57-4f0b-9c52-2b7e4d9a1c30",
}
# Tried in this order on a pattern that nothing else fits.
_BY_PATTERN: Final = ("A1", "a1", "12345678", "https://oats.example/", "CA", "")


def make_example(schema: Schema, schemas: Mapping[str, Schema], *, is_whole: bool, name: str = "") -> Any:
    """Return an example of *schema*, whose references are to *schemas*.

    *is_whole* is for answers, which have every field; a request has those that are required.
    """
    return _Maker(schemas, is_whole=is_whole).make(schema, name, 0)


class _Maker:
    def __init__(self, schemas: Mapping[str, Schema], *, is_whole: bool) -> None:
        self._schemas = schemas
        self._is_whole = is_whole

    def make(self, schema: Schema, name: str, depth: int) -> Any:
        schema = self._resolve(schema)
        if given := _find_given(schema):
            return given[0]
        match schema.get("type"):
            case "object":
                return self._make_object(schema, depth)
            case "array":
                return self._make_array(schema, name, depth)
            case "string":
                return _make_text(schema, name)
            case "integer" | "number":
                return 1 if schema.get("minimum", 1) <= 1 <= schema.get("maximum", 1) else schema["minimum"]
        return True if schema.get("type") == "boolean" else None

    def _resolve(self, schema: Schema) -> Schema:
        """Return what a reference is to, and of several forms the first that is not null."""
        while True:
            if "$ref" in schema:
                schema = self._schemas[schema["$ref"].rpartition("/")[2]]
                continue
            options = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
            if not options or "examples" in schema:
                return schema
            schema = next((option for option in options if option.get("type") != "null"), options[0])

    def _make_object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        if not properties:
            return self._make_map(schema, depth)
        if depth > _MOST_NESTED:
            properties = {key: properties[key] for key in schema.get("required", ())}
        required = schema.get("required", ())
        shown = [key for key in properties if self._is_whole or key in required]
        # Of a request that needs nothing, something all the same.
        shown = shown or [key for key in properties if key in _BY_NAME][:1]
        return {key: self.make(properties[key], key, depth + 1) for key in shown}

    def _make_map(self, schema: Schema, depth: int) -> dict[str, Any]:
        values = schema.get("additionalProperties")
        return {"sku": self.make(values, "sku", depth + 1)} if isinstance(values, Mapping) else {}

    def _make_array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        if depth > _MOST_NESTED or "items" not in schema:
            return []
        return [self.make(schema["items"], name.removesuffix("s"), depth + 1)]


def _find_given(schema: Schema) -> list[Any]:
    """Return the values that the schema itself names, the best first."""
    constant = [schema["const"]] if "const" in schema else []
    default = [schema["default"]] if schema.get("default") not in (None, "", [], {}) else []
    return [*schema.get("examples", ()), *constant, *default, *schema.get("enum", ())]


def _make_text(schema: Schema, name: str) -> str:
    candidates = [_BY_NAME.get(name), _BY_FORMAT.get(schema.get("format", ""))]
    if "pattern" in schema:
        candidates += _BY_PATTERN
    fitting = (text for text in candidates if isinstance(text, str) and _fits(schema, text))
    length = min(max(2, schema.get("minLength", 0)), schema.get("maxLength", _LONGEST))
    return next(fitting, ("A1" * length)[:length])


def _fits(schema: Schema, text: str) -> bool:
    if not schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)):
        return False
    return "pattern" not in schema or re.search(schema["pattern"], text) is not None
