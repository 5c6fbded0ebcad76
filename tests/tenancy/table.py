"""Reads `operations.yaml`: who may do what, and the requests that try it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

FILE = Path(__file__).parent / "operations.yaml"

ACTORS = (
    "nobody",
    "public key",
    "stranger",
    "other key",
    "owner",
    "manager",
    "editor",
    "billing",
    "manager key",
    "editor key",
    "readonly key",
)
"""In the order of the columns of `access`."""

OTHERS = ("stranger", "other key")
"""Who has nothing to do with the organization."""

_PLACEHOLDER = re.compile(r"([^/{}]*)/?\{([\w-]+)\}")


class Operation(NamedTuple):
    """One line: a request, and what each actor is answered; `ok` is the answer to whoever may."""

    domain: str
    name: str
    may: str
    answers: Mapping[str, str]
    body: Any = None
    query: str = ""
    type: str = "application/json"
    ok: int | None = None
    mixed: str = "refused"
    named: Mapping[str, str] = MappingProxyType({})

    @property
    def id(self) -> str:
        return f"{self.domain}: {self.name}"

    @property
    def method(self) -> str:
        return self.name.partition(" ")[0]

    def url(self, mount: str, world: Mapping[str, str]) -> str:
        """Return where to send the request in *world*, which names things by the plural in paths."""
        names = {**world, **{name: world[other] for name, other in self.named.items()}}
        path = _PLACEHOLDER.sub(lambda match: _fill(match, names), self.name.partition(" ")[2])
        return f"{mount}{path}?{fill(self.query, world)}" if self.query else mount + path

    def content(self, world: Mapping[str, str]) -> bytes | None:
        if self.body is None:
            return None
        return fill(self.body if isinstance(self.body, str) else json.dumps(self.body), world).encode()


def read_operations() -> dict[tuple[str, str], Operation]:
    """Return every line by domain and name."""
    document = read_document()
    operations = {}
    for domain, lines in document["operations"].items():
        for name, line in lines.items():
            fields = line if isinstance(line, dict) else {"may": line}
            columns = document["access"][fields["may"]].replace("|", " ").split()
            answers = dict(zip(ACTORS, columns, strict=True))
            operations[domain, name] = Operation(domain, name, answers=answers, **fields)
    return operations


def read_document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return document


def fill(text: str, world: Mapping[str, str]) -> str:
    """Return *text* with the placeholders that *world* knows filled in."""
    for name, value in world.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _fill(match: re.Match[str], world: Mapping[str, str]) -> str:
    before, name = match.groups()
    value = world.get(name) or world[before]
    return f"{before}/{value}" if before else f"/{value}"
