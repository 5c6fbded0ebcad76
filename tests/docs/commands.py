"""The commands of the program `signpost`, made from their arguments."""

import argparse
from collections.abc import Iterator
from importlib import import_module

from admin_api.cli import COMMANDS
from tests.docs.tables import render_table


def render_commands() -> str:
    """Return a section for each command: what it does, how it is written, and its arguments."""
    return "\n".join(
        "\n".join(_render_command(name, module_name, summary))
        for name, (module_name, summary) in COMMANDS.items()
    )


def _render_command(name: str, module_name: str, summary: str) -> Iterator[str]:
    actions = _read_arguments(module_name)
    usage = " ".join([f"signpost {name}", *map(_to_usage, actions)])
    yield f"### `signpost {name}`\n"
    yield f"{summary[0].upper()}{summary[1:]}.\n"
    yield f"```\n{usage}\n```\n"
    if actions:
        yield render_table(
            ("Argument", "Meaning"), [(f"`{_to_name(action)}`", action.help or "") for action in actions]
        )


def _read_arguments(module_name: str) -> list[argparse.Action]:
    parser = argparse.ArgumentParser(add_help=False)
    import_module(f"admin_api.cli.{module_name}").add_arguments(parser)
    return sorted(parser._actions, key=lambda action: bool(action.option_strings))


def _to_name(action: argparse.Action) -> str:
    """Return an argument as it is written: `FILE`, `--json` or `--at TIME`."""
    value = action.metavar or "|".join(action.choices or ())
    return " ".join(filter(None, [*action.option_strings[:1], str(value)]))


def _to_usage(action: argparse.Action) -> str:
    if action.nargs == "*":
        return f"[{_to_name(action)} …]"
    return f"[{_to_name(action)}]" if action.option_strings else _to_name(action)
