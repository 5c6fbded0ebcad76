"""What a document breaks of the schemas that describe it."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs

SCHEMAS = Path(__file__).parent / "schemas"


def _read_validator(name: str) -> Any:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    return jsonschema_rs.validator_for(schema, validate_formats=False)


LINKSET_VALIDATORS = (_read_validator("gs1-linkset"), _read_validator("linkset"))
DESCRIPTION_VALIDATOR = _read_validator("resolver-description")


def linkset_errors(document: Any) -> list[str]:
    """Return what *document* breaks of the published linkset schema or of our stricter one."""
    return [error.message for validator in LINKSET_VALIDATORS for error in validator.iter_errors(document)]


def description_errors(document: Any) -> list[str]:
    """Return what *document* breaks of the schema of the resolver description file."""
    return [error.message for error in DESCRIPTION_VALIDATOR.iter_errors(document)]
