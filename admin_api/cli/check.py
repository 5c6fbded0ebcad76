"""`signpost check`: compile a file of rules and list everything that is wrong with it."""

import argparse
from datetime import UTC, datetime

from admin_api.cli.files import add_file_argument, describe, opened
from product_platform.digital_link import check_lines
from rules_compiler.lint import Severity


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_file_argument(parser, "one JSON object a line, as `export` writes them")


def run(options: argparse.Namespace) -> int:
    """Print every problem and warning with its line and rule; return 1 when there are problems.

    Nothing is stored or asked for.
    """
    with opened(options.file) as lines:
        findings = list(check_lines(lines, at=datetime.now(tz=UTC)))
    for problem in findings:
        rule = f", rule {problem.rule}" if problem.rule else ""
        mark = "warning, " if problem.severity is Severity.WARNING else ""
        print(describe(f"{mark}line {problem.line}{rule}", problem.field, problem.message, problem.code))
    problems = sum(finding.severity is Severity.ERROR for finding in findings)
    warnings = len(findings) - problems
    print(f"{problems} problems{f', {warnings} warnings' if warnings else ''}")
    return 1 if problems else 0
