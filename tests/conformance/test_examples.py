"""Requests with their answers, as a client sees them."""

import re

import pytest

from rules_compiler.gs1 import DigitalLinkError, parse_path
from tests.conformance.example import (
    GTIN,
    LINKSET,
    LOT7,
    LOT_PATH,
    OAT,
    PATH,
    RECALL,
    UNKNOWN_GTIN,
    make_example,
    make_product,
    make_product_rule,
)
from tests.conformance.service import request_service
from tests.factories import make_rule, serial_key
from tests.resolver.edge_client import ROOT, EdgeClient

EPC_HEX = "/eh3036450e0009c4400000002a"


def test_e0_a_lot_with_its_headers(edge: EdgeClient) -> None:
    """`GET /01/09520000100018/10/LOT7?17=270131&utm=qr` is a redirect with every header.

    Example.
    """
    reply = edge.get(f"{LOT_PATH}?17=270131&utm=qr", accept="text/html", origin="https://app.example")
    link = f'<{ROOT}{LOT_PATH}?linkType=linkset>; rel="linkset"; type="application/linkset+json"'
    assert (reply.status, reply.location) == (307, f"{LOT7}?17=270131&utm=qr")
    assert reply.links == [link]
    assert reply.headers["vary"] == "Accept, Accept-Language"
    assert reply.headers["access-control-allow-origin"] == "*"


def test_e1_the_default(edge: EdgeClient) -> None:
    """`GET /01/09520000100018` is redirected to the default.

    Example.
    """
    assert (edge.get(PATH).status, edge.get(PATH).location) == (307, OAT)


def test_e2_head(edge: EdgeClient) -> None:
    """`HEAD /01/09520000100018` has the same headers and no body.

    Example.
    """
    reply = edge.request("HEAD", PATH)
    assert (reply.status, reply.raw_headers, reply.body) == (307, edge.get(PATH).raw_headers, b"")


def test_e3_options(edge: EdgeClient) -> None:
    """`OPTIONS /01/09520000100018` names the allowed methods.

    Example.
    """
    reply = edge.request("OPTIONS", PATH, access_control_request_method="GET")
    allowed = reply.headers["access-control-allow-methods"]
    assert (reply.status, allowed) == (204, "GET, HEAD, OPTIONS")


def test_e4_a_trailing_slash(edge: EdgeClient) -> None:
    """`GET /01/09520000100018/` is as without the slash.

    Example.
    """
    assert edge.get(f"{PATH}/") == edge.get(PATH)


def test_e5_a_link_type(edge: EdgeClient) -> None:
    """`?linkType=gs1:recallStatus` is redirected to that link, query and all.

    Example.
    """
    reply = edge.get(f"{PATH}?linkType=gs1:recallStatus")
    assert (reply.status, reply.location) == (307, f"{RECALL}?linkType=gs1:recallStatus")


def test_e6_a_link_type_encoded(edge: EdgeClient) -> None:
    """`?linkType=gs1%3ArecallStatus` is the same type.

    Example.
    """
    reply = edge.get(f"{PATH}?linkType=gs1%3ArecallStatus")
    assert (reply.status, reply.location) == (307, f"{RECALL}?linkType=gs1%3ArecallStatus")


def test_e7_a_link_type_that_is_absent(edge: EdgeClient) -> None:
    """`?linkType=gs1:nosuchlt` is not found.

    Example.
    """
    assert edge.get(f"{PATH}?linkType=gs1:nosuchlt").status == 404


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [("*/*", LINKSET), (LINKSET, LINKSET), ("text/html", "text/html; charset=utf-8")],
)
def test_e8_the_linkset(edge: EdgeClient, accept: str, media_type: str) -> None:
    """`?linkType=linkset` gives the linkset, or a page for `Accept: text/html`.

    Example.
    """
    reply = edge.get(f"{PATH}?linkType=linkset", accept=accept)
    assert (reply.status, reply.headers["content-type"]) == (200, media_type)


def test_e9_all(edge: EdgeClient) -> None:
    """`?linkType=all` with `Accept: application/linkset+json` gives the linkset.

    Example.
    """
    reply = edge.get(f"{PATH}?linkType=all", accept=LINKSET)
    assert (reply.status, reply.headers["content-type"]) == (200, LINKSET)


def test_e10_the_query_is_joined() -> None:
    """`?foo=bar` goes behind the query of the target and before its fragment.

    Example.
    """
    edge = EdgeClient(make_product(make_product_rule("a", custom_url="https://example.com/?a=1#x")))
    assert edge.get(f"{PATH}?foo=bar").location == "https://example.com/?a=1&foo=bar#x"


def test_e11_an_unknown_lot(edge: EdgeClient) -> None:
    """`GET /01/09520000100018/10/UNKNOWN` is redirected to the default of the GTIN.

    Example.
    """
    reply = edge.get(f"{PATH}/10/UNKNOWN")
    assert (reply.status, reply.location) == (307, OAT)


def test_e12_a_wrong_check_digit(edge: EdgeClient) -> None:
    """`GET /01/09520000100019` is a bad request.

    Example.
    """
    assert edge.get("/01/09520000100019").status == 400


def test_e13_a_dangling_segment(edge: EdgeClient) -> None:
    """`GET /01/09520000100018/foo` is a bad request.

    Example.
    """
    assert edge.get(f"{PATH}/foo").status == 400


def test_e14_an_unknown_gtin(edge: EdgeClient) -> None:
    """`GET /01/09520000200015`, valid and nobody's, is not found.

    Example.
    """
    assert edge.get(f"/01/{UNKNOWN_GTIN}").status == 404


def test_e15_an_encoded_slash() -> None:
    """`GET /01/09520000100018/21/a%2Fb` asks about the serial `a/b`.

    Example.
    """
    edge = EdgeClient(make_example(make_rule("slash", slice_key=serial_key("a/b", GTIN))))
    reply = edge.get(f"{PATH}/21/a%2Fb")
    assert (reply.status, reply.location) == (307, "https://example.com/slash")


def test_e18_the_description_file() -> None:
    """`GET /.well-known/gs1resolver` is JSON.

    Example.
    """
    reply = request_service("GET", "/.well-known/gs1resolver")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")


def test_e19_another_method(edge: EdgeClient) -> None:
    """`POST /01/09520000100018` is not allowed.

    Example.
    """
    assert edge.request("POST", PATH).status == 405


def test_e20_a_short_gtin(edge: EdgeClient) -> None:
    """`GET /01/9520000100018` is malformed strictly, and understood as the padded form by the edge.

    Example.
    """
    with pytest.raises(DigitalLinkError):
        parse_path(b"/01/9520000100018")
    assert edge.get("/01/9520000100018") == edge.get(PATH)


def test_e21_a_repeated_attribute(edge: EdgeClient) -> None:
    """`?17=270131&17=270131` is a bad request.

    Example.
    """
    assert edge.get(f"{PATH}?17=270131&17=270131").status == 400


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"accept": "undefined"},
        {"accept": ""},
        {"accept": ",;q=;/"},
        {"accept": "*"},
        {"accept": "text/html;q=nonsense"},
        {"accept_language": ""},
        {"accept_language": "*"},
        {"accept_language": ";;q=2,,-"},
        {"accept": "application/unheard-of"},
    ],
)
def test_e22_odd_headers(edge: EdgeClient, headers: dict[str, str]) -> None:
    """A request with no `Accept`, or with nonsense in its headers, is one without preferences.

    Example.
    """
    reply = edge.get(PATH, **headers)
    assert (reply.status, reply.location) == (307, OAT)


@pytest.mark.parametrize("path", [EPC_HEX, "/exMDZFDgAJxEAAAAAq", f"{EPC_HEX}?linkType=gs1:pip"])
def test_e16_an_epc_in_binary(path: str) -> None:
    """`GET /eh3036450e0009c4400000002a` is as `/01/09520000100018/21/42`.

    Example.
    """
    edge = EdgeClient(make_example(make_rule("epc", slice_key=serial_key("42", GTIN))))
    expanded = f"{PATH}/21/42" + path[path.find("?") :] * ("?" in path)
    assert edge.get(path) == edge.get(expanded)
    assert edge.get(path).links == [
        f'<{ROOT}{PATH}/21/42?linkType=linkset>; rel="linkset"; type="application/linkset+json"'
    ]


@pytest.mark.parametrize(
    "path",
    ["/eh30", "/eh", "/ex", "/ehZZ", "/ex!", EPC_HEX + "1", "/eh3500000000000000000000ff"],
)
def test_e17_an_epc_that_cannot_be_read(path: str) -> None:
    """`GET /eh30` is a bad request: an EPC that cannot be decoded, or has no Digital Link.

    Example. `/eh`, `/ex` and other characters are no compressed form and are not found.
    """
    is_compressed = re.fullmatch(r"/eh[0-9a-f]+|/ex[A-Za-z0-9_-]+", path)
    assert EdgeClient(make_example()).get(path).status == (400 if is_compressed else 299)
