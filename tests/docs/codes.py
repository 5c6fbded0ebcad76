"""Finds every code by which the code base refuses something.

A code is a literal that lands on a parameter or field named `code`, is assigned to that name, stands
under it in a dict, or is yielded first. One made by an f-string is a pattern.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from product_platform.kit.refusals import _FRAMEWORK_REFUSALS
from rules_compiler.gs1.checks import CHECKS

ROOT = Path(__file__).parents[2]
FOLDERS = ("rules_compiler", "resolver", "platform", "admin_api")

_ANY = "[a-z_]+"
_CODE = re.compile(r"[a-z]+(_[a-z]+)*|[A-Z]+(_[A-Z]+)*")


@dataclass(frozen=True, slots=True)
class Places:
    """Where `code` stands among the arguments of each function or class, and of each method, that has it."""

    functions: dict[str, int] = field(default_factory=dict)
    methods: dict[str, int] = field(default_factory=dict)

    def __or__(self, other: "Places") -> "Places":
        return Places(self.functions | other.functions, self.methods | other.methods)


@cache
def find_codes() -> tuple[set[str], set[str]]:
    """Return all codes, and regular expressions for those that are put together."""
    trees = [
        ast.parse(path.read_text("utf-8")) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")
    ]
    everywhere = _find_places(trees)
    # A name that a module gives itself is that module's, whatever others call so.
    found = [node for tree in trees for node in _find_nodes(tree, everywhere | _find_places([tree]))]
    codes = {str(node.value) for node in found if isinstance(node, ast.Constant)}
    patterns = {_to_pattern(node) for node in found if isinstance(node, ast.JoinedStr)}
    patterns = {pattern for pattern in patterns if _CODE.fullmatch(pattern.replace(_ANY, "x"))}
    # Two tables hold codes without naming them.
    tabled = {code for code, _ in (*CHECKS.values(), *_FRAMEWORK_REFUSALS.values())}
    return {code for code in codes | tabled if _CODE.fullmatch(code)}, patterns


def _find_places(trees: Iterable[ast.Module]) -> Places:
    places = Places()
    for node in (node for tree in trees for node in tree.body):
        _note_place(node, places.functions)
        for part in node.body if isinstance(node, ast.ClassDef) else ():
            _note_place(part, places.methods)
    return places


def _note_place(node: ast.stmt, places: dict[str, int]) -> None:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        names = _parameters(node)
        if "code" in names and node.name != "__init__":
            places[node.name] = names.index("code")


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[str]:
    if not isinstance(node, ast.ClassDef):
        return [each.arg for each in node.args.args if each.arg not in {"self", "cls"}]
    made = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    fields = [each.target for each in node.body if isinstance(each, ast.AnnAssign)]
    return _parameters(made[0]) if made else [each.id for each in fields if isinstance(each, ast.Name)]


def _find_nodes(tree: ast.Module, places: Places) -> Iterator[ast.expr]:
    """Yield every constant and f-string that is a code."""
    for node in ast.walk(tree):
        for value in _find_values(node, places):
            branches = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            yield from (each for each in branches if isinstance(each, ast.Constant | ast.JoinedStr))


def _find_values(node: ast.AST, places: Places) -> Iterator[ast.expr]:
    """Yield what *node* itself gives as a code."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            yield from _find_argument(node, places.functions.get(name))
        case ast.Call(func=ast.Attribute(attr=name)):
            yield from _find_argument(node, places.methods.get(name, places.functions.get(name)))
        case ast.Assign(targets=[ast.Name(id="code")], value=value):
            yield value
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            pairs = zip(names, values, strict=True)
            yield from (value for name, value in pairs if isinstance(name, ast.Name) and name.id == "code")
        case ast.AnnAssign(target=ast.Name(id="code"), value=ast.expr() as value):
            yield value
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            yield from (
                value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "code"
            )
        case ast.Yield(value=ast.Tuple(elts=[first, *_])):
            yield first


def _find_argument(call: ast.Call, place: int | None) -> Iterator[ast.expr]:
    if place is not None:
        yield from call.args[place : place + 1]
        yield from (each.value for each in call.keywords if each.arg == "code")


def _to_pattern(node: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else _ANY for part in node.values)
