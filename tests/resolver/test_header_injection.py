"""No target, template, forwarded query or host can end a header, or lead to a host that no rule names."""

import re
from typing import Any
from urllib.parse import quote, urlsplit

from hypothesis import assume, example, given
from hypothesis import strategies as st

from rules_compiler.stages.check import find_problems
from tests.factories import GTIN, make_catalogue, make_host, make_rule
from tests.resolver.edge_client import EdgeClient, Reply

VISIBLE = re.compile(rb"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
HOSTS = {"example.com", "id.example.org", "id.meadow.example"}

PIECES = (
    *"\r\n\t \0/\\?#@:&=%{}[]<>\"'|^`~;,.*",
    "\r\nset-cookie: a=1",
    "%0d%0a",
    "%250a",
    "\u010a\u010d",
    "\u560a\u560d",
    "\x85\u2028",
    "//evil.example",
    "https://evil.example",
    "@evil.example",
    "\\evil.example",
    "javascript:alert(1)",
    "{gtin}",
    "{lot}",
    "{serial}",
    "{lang}",
    "{country}",
    "{linkType}",
    "{{lot}}",
    "example.com",
    "x",
)
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
# Such as are accepted, each by itself.
FIT = [piece for piece in PIECES if not find_problems([make_rule(custom_url=f"https://example.com/{piece}")])]
URLS = st.lists(st.sampled_from(FIT), max_size=8).map(lambda pieces: "https://example.com/" + "".join(pieces))
REQUESTS = st.fixed_dictionaries(
    {
        "lot": HOSTILE,
        "serial": HOSTILE,
        "query": HOSTILE,
        "language": HOSTILE,
        "host": HOSTILE,
        "raw": HOSTILE,
    }
)


def make_edge(url: str) -> EdgeClient:
    rule = make_rule("rule", custom_url=url)
    return EdgeClient(make_catalogue(rule, hosts=(make_host(),)), base_url="https://id.example.org")


def ask_everything(edge: EdgeClient, request: dict[str, str]) -> list[Reply]:
    lot, serial = quote(request["lot"][:20], safe=""), quote(request["serial"][:20], safe="")
    headers = {"accept_language": request["language"], "host": request["host"]}
    targets = [
        f"/01/{GTIN}?{request['query']}",
        f"/01/{GTIN}/10/{lot or 'x'}/21/{serial or 'x'}?{request['query']}",
        f"/01/{GTIN}?linkType={quote(request['query'], safe='')}",
        f"/01/{GTIN}/{request['raw']}",
        f"/p/01/{GTIN}{request['raw']}",
        f"/{request['raw']}",
    ]
    methods = ("GET", "OPTIONS")
    return [edge.request(method, target, **headers) for method in methods for target in targets]


def is_sound(reply: Reply) -> bool:
    return all(VISIBLE.fullmatch(value) for _, value in reply.raw_headers)


@given(request=REQUESTS)
@example(request=dict.fromkeys(("lot", "serial", "query", "language", "host", "raw"), "\r\nset-cookie: a=1"))
def test_no_request_ends_a_header(request: dict[str, str]) -> None:
    edge = make_edge("https://example.com/{gtin}/{lot}?s={serial}&l={lang}&t={linkType}#end")
    for reply in ask_everything(edge, request):
        assert is_sound(reply), reply.raw_headers
        assert reply.location is None or urlsplit(reply.location).netloc in HOSTS


@given(url=URLS, request=REQUESTS)
@example(url="https://example.com/{lot}", request=dict.fromkeys(("lot", "serial", "query"), "//evil.example"))
def test_no_target_that_is_accepted_leads_elsewhere_or_ends_a_header(
    url: str, request: dict[str, Any]
) -> None:
    assume(not find_problems([make_rule("rule", custom_url=url)]))
    edge = make_edge(url)
    asked = dict.fromkeys(("lot", "serial", "query", "language", "host", "raw"), "x") | request
    hosts = {urlsplit(url).netloc, "id.example.org"}
    for reply in ask_everything(edge, asked):
        assert is_sound(reply), reply.raw_headers
        assert reply.location is None or urlsplit(reply.location).netloc in hosts
        assert reply.location is None or urlsplit(reply.location).scheme in {"http", "https"}


@given(url=HOSTILE)
def test_what_could_do_either_is_refused_when_it_is_written(url: str) -> None:
    written = f"https://example.com{url}"
    if not find_problems([make_rule("rule", custom_url=written)]):
        assert re.fullmatch(r"[\x21-\x7e]+", written)
        assert "\\" not in written
        assert "@" not in urlsplit(written).netloc
