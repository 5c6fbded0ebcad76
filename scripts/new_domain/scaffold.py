"""What has to be written for a new domain: copies of the template, and a line in each list of domains.

Everything in `template/` lies where its copy will lie, is code that runs, and has the name `new_domain`.
"""

import keyword
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

_TEMPLATE = Path(__file__).parent / "template"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PLATFORM = Path("platform") / "product_platform"
_WIRING = Path("admin_api") / "wiring.py"
_CONTRACTS = Path("pyproject.toml")
_OPERATIONS = Path("tests") / "tenancy" / "operations.yaml"
_LINES_OF_OPERATIONS = """\
  new-domain:
    GET /items: {may: view, query: "organization_id={organizations}"}
    GET /items/{id}: {may: known, named: {id: organizations}, ok: 404}  # no item has this id
"""


class WrongNameError(Exception):
    """No domain can be called so."""


def plan_domain(root: Path, name: str) -> dict[Path, str]:
    """Return the text of every file below *root* that is new or other with a domain *name*, by its path.

    Raises WrongNameError for a name that is taken, or is no lower_snake identifier.
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise WrongNameError(f"{name!r} is no name of a domain: write lower_snake, such as gift_cards.")
    wiring = (root / _WIRING).read_text("utf-8")
    if (root / _PLATFORM / name).exists() or f'"/{_to_mount(name)}/' in wiring:
        raise WrongNameError(f"{name!r} is there already.")
    names = _name_forms(root, name)
    return {
        **dict(_copy_template(names)),
        _WIRING: _mount(wiring, name),
        _CONTRACTS: _add_layers((root / _CONTRACTS).read_text("utf-8"), name),
        _OPERATIONS: (root / _OPERATIONS).read_text("utf-8") + _rename(_LINES_OF_OPERATIONS, names),
    }


def write_domain(root: Path, planned: Mapping[Path, str]) -> None:
    """Write what is planned below *root*, its imports in the order that the name gives them."""
    for path, text in planned.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    code = [str(path) for path in planned if path.suffix == ".py"]
    for command in (["check", "--select", "I", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *code], cwd=root, check=True)  # noqa: S603 - our own tool, without a shell


def _name_forms(root: Path, name: str) -> dict[str, str]:
    """Return every form in which the template has its name, and what stands there instead."""
    words = name.replace("_", " ")
    numbers = [int(path.name[:4]) for path in (root / _PLATFORM / "migrations").glob("*.sql")]
    return {
        "new_domain": name,
        "new-domain": _to_mount(name),
        "NewDomain": words.title().replace(" ", ""),
        "New domain": words.capitalize(),
        "0000": f"{max(numbers) + 1:04}",
    }


def _copy_template(names: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    for path in sorted(_TEMPLATE.rglob("*.*")):
        if path.suffix in {".py", ".sql", ".yaml"}:
            copy = _rename(path.relative_to(_TEMPLATE).as_posix(), names)
            yield Path(copy), _rename(path.read_text("utf-8"), names)


def _rename(text: str, names: Mapping[str, str]) -> str:
    return re.sub("|".join(names), lambda found: names[found[0]], text)


def _to_mount(name: str) -> str:
    return name.replace("_", "-")


def _mount(wiring: str, name: str) -> str:
    """Return the wiring with the domain imported, and served in its place by name."""
    mount, title = _to_mount(name), name.replace("_", " ").capitalize()
    line = f'        Domain("{mount}", "/{mount}/api/v1", create_domain_app("{title}", {name}.router)),\n'
    mounted = list(re.finditer(r'^ +Domain\("([\w-]+)".*\n', wiring, re.MULTILINE))
    place = next((found.start() for found in mounted if found[1] > mount), mounted[-1].end())
    wiring = wiring[:place] + line + wiring[place:]
    return wiring.replace("from product_platform import ", f"from product_platform import {name}, ", 1)


def _add_layers(contracts: str, name: str) -> str:
    """Return the import contracts with the domain above all others, and in the one shape of all."""
    above = re.sub(r'(?<=\nlayers = \[)(?="dashboard")', f'"{name}", ', contracts)
    shape = above.index('name = "A domain has one shape"')
    end = above.index("\n]", shape)
    return f'{above[:end]}\n  "product_platform.{name}",{above[end:]}'
