"""What others publish, imported and asked for in every way that the documents mention."""

import asyncio
import re
from html import unescape
from typing import Any

import pytest

from product_platform.digital_link import DocumentFormat
from tests.product_platform.digital_link.imports.conftest import Import, Serve
from tests.product_platform.digital_link.imports.oracle import (
    Level,
    Request,
    answer,
    read_levels,
    read_sample,
    requests,
)
from tests.resolver.edge_client import ROOT, EdgeClient, Reply

pytestmark = pytest.mark.servers

# Each sample with the number of links that are kept, and what is reported of the others.
SAMPLES: list[tuple[str, int, set[str]]] = [
    ("ce-test_01_09506000134352.json", 17, set()),
    ("ce-test_8004_095060001343.json", 0, {"unknown_placeholder"}),
    ("ce-data_entry_example.json", 10, {"joined_link"}),
    ("ce-data_entry_v3_format.json", 3, set()),
    ("ce-linkset.json", 10, {"joined_link", "repeated_link"}),
    ("model-linkset.json", 16, {"repeated_link"}),
]
EXAMPLES = {each["name"]: each["document"] for each in read_sample("linkset-examples.json")["documents"]}


def ask(edge: EdgeClient, request: Request) -> str | list[str] | None:
    """Return the edge's answer in the form of the oracle's."""
    target = f"{request.path}?{request.query}" if request.query else request.path
    headers = {"accept": request.media_type}
    if request.language is not None:
        headers["accept_language"] = request.language
    reply = edge.get(target, **headers)
    if reply.status == 300:
        return sorted(choices(reply))
    if reply.status == 404 or (reply.location or "").startswith(ROOT):
        return None
    location = reply.location or ""
    assert location.endswith(request.query)
    return location.removesuffix(request.query).rstrip("?&") if request.query else location


def choices(reply: Reply) -> list[str]:
    """Return the links of a 300 answer, which is a page for those who ask for one."""
    if reply.headers["content-type"].startswith("text/html"):
        hrefs = re.findall(r'<a [^>]*href="(https?:[^"]*)"', reply.body.decode())
        return [unescape(href) for href in hrefs if not href.startswith(ROOT)]
    (member,) = reply.json()["linkset"]
    return [link["href"] for links in member.values() if isinstance(links, list) for link in links]


def compare(edge: EdgeClient, levels: list[Level]) -> list[tuple[Request, Any, Any]]:
    """Return every request that the edge answers otherwise than the document says."""
    answers = ((request, ask(edge, request), answer(levels, request)) for request in requests(levels))
    return [(request, given, said) for request, given, said in answers if given != said]


class TestSamples:
    @pytest.mark.parametrize(("name", "kept", "codes"), SAMPLES)
    async def test_every_link_is_kept_or_reported(
        self, load: Import, name: str, kept: int, codes: set[str]
    ) -> None:
        report = await load(read_sample(name))
        assert report.kept == kept
        assert {finding.code for finding in report.findings} == codes

    @pytest.mark.parametrize("name", [name for name, _, _ in SAMPLES])
    async def test_the_edge_answers_as_the_document_says(self, load: Import, serve: Serve, name: str) -> None:
        document = read_sample(name)
        await load(document)
        assert await asyncio.to_thread(compare, await serve(), read_levels(document)) == []

    async def test_the_anchors_of_a_plain_linkset_say_all(self, load: Import, serve: Serve) -> None:
        document = read_sample("ce-linkset.json")
        report = await load(document, document_format=DocumentFormat.LINKSET)
        assert (report.findings[0].path, report.findings[0].code) == (
            "qualifiers",
            "qualifiers_left_out",
        )
        levels = read_levels(document, is_narrowed=False)
        assert await asyncio.to_thread(compare, await serve(), levels) == []

    @pytest.mark.parametrize("name", list(EXAMPLES)[:2])
    async def test_examples_are_answered_as_they_say(self, load: Import, serve: Serve, name: str) -> None:
        await load(EXAMPLES[name])
        levels = read_levels(EXAMPLES[name])
        assert await asyncio.to_thread(compare, await serve(), levels) == []
