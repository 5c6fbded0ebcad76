"""`signpost check`: compile a file of rules and list everything that is wrong with it."""

import argparse

from admin_api.cli.files import add_file_argument, describe, opened
from product_platform.digital_link import check_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_file_argument(parser, "one JSON object a line, as `export` writes them")


def run(options: argparse.Namespace) -> int:
    """Print every problem with its line and rule; 1 when there are any. Nothing is stored or asked for."""
    with opened(options.file) as lines:
        problems = list(check_lines(lines))
    for problem in problems:
        rule = f", rule {problem.rule}" if problem.rule else ""
        print(describe(f"line {problem.line}{rule}", problem.field, problem.message, problem.code))
    print(f"{len(problems)} problems")
    return 1 if problems else 0
