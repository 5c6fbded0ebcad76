"""Rules of the house that no other tool checks."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin_api.env_example import SETTINGS_CLASSES, render

ROOT = Path(__file__).parent.parent
FOLDERS = ("rules_compiler", "resolver", "platform", "admin_api", "benchmarks", "loadtests", "scripts")
MAX_FUNCTION_LINES = 40
MAX_FILE_LINES = 400

SOURCES = sorted(path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


class TestSize:
    @pytest.mark.parametrize("path", SOURCES, ids=str)
    def test_files_and_functions_stay_small(self, path: Path) -> None:
        text = (ROOT / path).read_text()
        assert len(text.splitlines()) <= MAX_FILE_LINES
        sizes = {
            f"{path}:{function.lineno} {function.name}": (function.end_lineno or 0) - function.lineno + 1
            for function in functions(ast.parse(text))
        }
        assert {name: lines for name, lines in sizes.items() if lines > MAX_FUNCTION_LINES} == {}


class TestLayout:
    @pytest.mark.parametrize("name", ["platform", "tests/platform"])
    def test_nothing_shadows_pythons_own_platform(self, name: str) -> None:
        assert not (ROOT / name / "__init__.py").exists()
        assert name == "platform" or not (ROOT / name).exists()


class TestSettings:
    def test_the_example_lists_every_setting_as_it_is(self) -> None:
        assert (ROOT / ".env.example").read_text() == render(), "run `make docs`"

    @pytest.mark.parametrize("settings_class", SETTINGS_CLASSES)
    def test_every_setting_has_a_description_and_an_example(self, settings_class: type) -> None:
        for name, field in settings_class.model_fields.items():
            assert field.description, name
            assert field.examples, name
