"""`signpost explain`: the key, every rule in order, why each lost, which won, and the answer."""

import argparse
import asyncio
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from admin_api.cli.database import reachable_database
from admin_api.cli.options import add_setting_options, read_command_settings
from admin_api.cli.outcome import WrongUseError
from admin_api.explain import LocalEdge
from product_platform.digital_link import Explainer, Explanations, Question, check_near
from product_platform.kit.clock import to_utc
from product_platform.kit.db import Database
from product_platform.kit.settings import PlatformSettings
from resolver.settings import EdgeSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "uri", metavar="URI", nargs="*", help="identifiers; none: requests as JSON lines on stdin"
    )
    parser.add_argument("--at", metavar="TIME", help="instant to answer for, ISO 8601 (now)")
    parser.add_argument(
        "--header", metavar="'NAME: VALUE'", action="append", default=[], help="header that the client sends"
    )
    parser.add_argument("--country", metavar="CC", help="country that the client is in")
    parser.add_argument("--json", action="store_true", help="one JSON object a request")
    add_setting_options(parser, "data_dir")


def run(options: argparse.Namespace) -> int:
    """Explain each request; return 0 when all of them could be read."""
    questions = [_from_uri(uri, options) for uri in options.uri] or list(_from_lines(sys.stdin))
    with reachable_database(options):
        platform, edge = read_command_settings(options, PlatformSettings, EdgeSettings)
        reports = asyncio.run(_explain_all(questions, platform, edge))
    for report in reports:
        print(orjson.dumps(report).decode() if options.json else _to_text(report))
    return int(any(report["error"] for report in reports))


async def _explain_all(
    questions: Iterable[Question], platform: PlatformSettings, edge: EdgeSettings
) -> list[dict[str, Any]]:
    database = await Database.open(platform.database_url)
    try:
        explainer = Explainer(LocalEdge(edge), Explanations(platform.edge_min_claim_tier))
        async with database.transaction() as connection:
            return [await explainer.explain(connection, question) for question in questions]
    finally:
        await database.close()


def _from_uri(uri: str, options: argparse.Namespace) -> Question:
    headers = dict(_read_header(text) for text in options.header)
    return Question(uri, _read_time(options.at), headers, options.country)


def _from_lines(lines: Iterable[str]) -> Iterator[Question]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            asked = orjson.loads(line)
            uri, headers = asked["uri"], asked.get("headers") or {}
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            raise WrongUseError(f'Line {number} is not a request: write {{"uri": "/01/…"}}.') from None
        yield Question(uri, _read_time(asked.get("at")), headers, asked.get("country"))


def _read_time(text: str | None) -> datetime:
    if text is None:
        return datetime.now(tz=UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUseError(f"{text!r} is no time: write one such as 2026-12-24T18:00:00Z.") from None
    try:
        return check_near(to_utc(at))
    except ValueError:
        raise WrongUseError(f"{text!r} is too far away: ask about the years 1970 to 2499.") from None


def _read_header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise WrongUseError(f"{text!r} is no header: write one such as 'Accept-Language: fr'.")
    return name.strip(), value.strip()


def _to_text(report: dict[str, Any]) -> str:
    if report["error"]:
        return f"{report['uri']}\n  400 {report['error']['code']}: {report['error']['message']}\n"
    lines = [f"{report['uri']}", f"  key {report['key']}, table {report['table']}, at {report['at']}"]
    for row in report["rules"]:
        mark = "→" if row["reason"] in {"won", "offered"} else " "
        target = row["target"] or "hosted page"
        lines.append(f"  {mark} {row['scope_type']:<12} {row['order_index']:>3}  {row['rule_id']}  {target}")
        lines.append(f"      {row['message']}")
    lines.append(f"  {report['status']} {report['location'] or ''}".rstrip())
    return "\n".join(lines) + "\n"
