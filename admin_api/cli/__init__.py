"""The program `signpost`: one module a command, imported only when that command is given."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from admin_api.cli.outcome import CommandError, WrongUseError
from admin_api.env_file import EnvFileError, read_env_file

# Command: the module that has `add_arguments` and `run`, and what the command does.
COMMANDS = {
    "up": ("up", "start everything on one port, with servers of its own where none are set"),
    "edge": ("edge", "serve resolution"),
    "keeper": ("keeper", "keep the files fresh from which the edge of this host serves; `edge` starts one"),
    "api": ("api", "serve the admin API"),
    "worker": ("worker", "publish changes, build bases, count scans, watch targets and do jobs"),
    "scans": ("scans", "count the scans that edges report; `worker` starts one"),
    "jobs": ("jobs", "do imports, exports and other long work; `worker` starts one"),
    "dead-jobs": ("dead_jobs", "list the jobs that ended in failure, and have them tried again"),
    "claim": ("claim", "let what was found out about a claim of a product have its effect"),
    "prefix": ("prefix", "say to which organization a GS1 company prefix is licensed"),
    "domain": ("domain", "say which web domain is an organization's, and how to prove it"),
    "recompile": ("recompile", "have everything that is published compiled anew, as after an upgrade"),
    "base": ("base", "write all that is published into a file from which edges begin, if they need one"),
    "user": ("user", "make a user, and give one a key, or a link to set a password"),
    "restore": ("restore", "bring a deleted organization back, within 90 days"),
    "migrate": ("migrate", "bring the database to this version's schema"),
    "explain": ("explain", "tell what the edge answers, and why each rule lost or won"),
    "check": ("check", "compile a file of rules and list everything that is wrong with it"),
    "import": ("import_file", "load a file of rules and products"),
    "recalls": ("recalls", "load a file of recalls, each with the GTINs that it concerns"),
    "export": ("export_file", "write all that an organization has as a file that can be imported"),
    "parse": ("parse", "parse Digital Link URIs, strictly"),
    "doctor": ("doctor", "check settings, servers and rights, and say what to do"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 refused or failed, 2 wrong use or settings."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser(arguments[0] if arguments else "").parse_args(arguments)
    try:
        read_env_file()
        return int(options.run(options))
    except EnvFileError as error:
        print(error, file=sys.stderr)
        return WrongUseError.exit_status
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    except BrokenPipeError:
        # Whoever read the output has enough; nothing more may be written to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _parser(command: str) -> argparse.ArgumentParser:
    """Return the parser with all commands, of which only *command* has its arguments."""
    parser = argparse.ArgumentParser(
        prog="signpost", description="A GS1 Digital Link resolver and its platform."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (module_name, summary) in COMMANDS.items():
        subparser = commands.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
        if name == command:
            module = import_module(f"admin_api.cli.{module_name}")
            module.add_arguments(subparser)
            subparser.set_defaults(run=module.run)
    return parser
