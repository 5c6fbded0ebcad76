"""`signpost parse`: one JSON object for each Digital Link URI."""

import argparse
import io
import json
import sys
from collections.abc import Iterator

from rules_compiler.gs1 import to_report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("uris", nargs="*", metavar="URI", help="a link; without any, one a line on stdin")
    parser.add_argument("--short-gtin", action="store_true", help="take GTINs of 8, 12 and 13 digits too")


def run(options: argparse.Namespace) -> int:
    """Print a report for each URI; 1 when one of them is not valid."""
    exit_status = 0
    for uri in options.uris or _lines():
        report = to_report(uri, short_gtin=options.short_gtin)
        # Flushed, so that a program may ask line by line.
        print(json.dumps(report), flush=True)
        if not report["valid"]:
            exit_status = 1
    return exit_status


def _lines() -> Iterator[str]:
    # Bytes that are not UTF-8 make their line invalid, and stop no other.
    stream = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="surrogateescape", newline="\n")
    return (line.rstrip("\r\n") for line in stream)
