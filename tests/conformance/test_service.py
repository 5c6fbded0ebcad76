"""The service: methods, cross-origin use, the resolver description file."""

import pytest

from rules_compiler.gs1 import PRIMARY_KEYS
from tests.conformance.example import GTIN, LINKSET, LOT_PATH, PATH, UNKNOWN_GTIN
from tests.conformance.service import request_service
from tests.conformance.validation import description_errors
from tests.resolver.edge_client import ROOT, EdgeClient

METHODS = "GET, HEAD, OPTIONS"
DESCRIPTION_PATH = "/.well-known/gs1resolver"

EVERY_KIND = [
    (PATH, {}),
    (f"{PATH}?linkType=linkset", {}),
    (PATH, {"accept": LINKSET}),
    (PATH, {"accept": "application/json"}),
    (f"{PATH}?linkType=linkset", {"accept": "text/html"}),
    (f"{PATH}?linkType=gs1:nosuchlt", {}),
    (f"/01/{UNKNOWN_GTIN}", {}),
    (f"{PATH}/foo", {}),
    (f"{PATH}/foo", {"accept": "text/html"}),
]
"""One request for each kind of answer."""


@pytest.mark.parametrize(("method", "status"), [("GET", 307), ("HEAD", 307), ("OPTIONS", 204)])
def test_r1_get_head_and_options_are_answered(edge: EdgeClient, method: str, status: int) -> None:
    """GET, HEAD and OPTIONS are answered, over HTTP/1.1 or later.

    SHALL, 2.2. The server before the edge speaks HTTP/1.1; a proxy in front may speak later ones.
    """
    assert edge.request(method, PATH).status == status


def test_r2_identifiers_are_emitted_under_the_public_root(edge: EdgeClient) -> None:
    """The service is reached by TLS.

    SHALL, 2.2. A proxy in front ends TLS; everything emitted stands under the `https` root that it has.
    """
    (link,) = edge.get(LOT_PATH).links
    assert link.startswith(f"<https://id.example.org{LOT_PATH}?")
    linkset = edge.get(LOT_PATH, accept=LINKSET).json()["linkset"]
    assert [member["anchor"] for member in linkset] == [f"{ROOT}{LOT_PATH}", f"{ROOT}{PATH}"]


@pytest.mark.parametrize("asked", [None, "GET", "GET, HEAD", "PUT", "", "nonsense, GET"])
def test_r3_options_names_the_methods(edge: EdgeClient, asked: str | None) -> None:
    """OPTIONS names the methods in `Allow`, whatever `Access-Control-Request-Method` says.

    Ours.
    """
    headers = {} if asked is None else {"access_control_request_method": asked}
    reply = edge.request("OPTIONS", PATH, **headers)
    assert (reply.status, reply.headers["allow"]) == (204, METHODS)


@pytest.mark.parametrize(("target", "headers"), EVERY_KIND)
def test_r4_every_answer_is_open_to_every_origin(
    edge: EdgeClient, target: str, headers: dict[str, str]
) -> None:
    """Every answer may be read from any origin, with its `Link` and `Location`.

    SHALL, 2.2.
    """
    answered = edge.get(target, origin="https://app.example", **headers).headers
    assert answered["access-control-allow-origin"] == "*"
    assert answered["access-control-expose-headers"] == "Link, Location"


def test_r4_a_preflight_is_told_the_methods(edge: EdgeClient) -> None:
    """A preflight is answered with GET, HEAD and OPTIONS as allowed methods.

    SHALL, 2.2.
    """
    headers = {"origin": "https://app.example", "access_control_request_method": "GET"}
    answered = edge.request("OPTIONS", PATH, **headers).headers
    assert answered["access-control-allow-methods"] == METHODS
    assert answered["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", [DESCRIPTION_PATH])
@pytest.mark.parametrize("root", [ROOT, f"{ROOT}/id", "http://localhost:8000"])
def test_r6_the_resolver_describes_itself(path: str, root: str) -> None:
    """The description file stands at `/.well-known/gs1resolver`, valid and open to every origin.

    SHALL, 3. It stays at the root of the host when the resolver's root carries a path.
    """
    reply = request_service("GET", path, root)
    description = reply.json()
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert description_errors(description) == []
    assert description["resolverRoot"] == root


def test_r6_it_names_keys_that_are_keys() -> None:
    """The description names primary keys only.

    SHALL, 3. 410 to 413, which its schema still lists, are keys no more and are not named.
    """
    keys = request_service("GET", DESCRIPTION_PATH).json()["supportedPrimaryKeys"]
    assert set(keys) <= {"all", *PRIMARY_KEYS}


@pytest.mark.parametrize(("target", "headers"), EVERY_KIND)
def test_r7_head_gives_the_headers_of_get(edge: EdgeClient, target: str, headers: dict[str, str]) -> None:
    """HEAD has status and headers of GET, and no body.

    SHALL, 2.2.
    """
    get, head = edge.get(target, **headers), edge.request("HEAD", target, **headers)
    assert (head.status, head.raw_headers, head.body) == (get.status, get.raw_headers, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_r8_other_methods_are_refused(edge: EdgeClient, method: str) -> None:
    """Any other method is answered with 405, which names those there are.

    Ours.
    """
    reply = edge.request(method, f"/01/{GTIN}")
    assert (reply.status, reply.headers["allow"]) == (405, METHODS)


def test_r6_it_declares_what_is_served() -> None:
    """The description names every primary key that is served.

    SHALL, 3. All keys of the syntax dictionary are.
    """
    keys = request_service("GET", "/.well-known/gs1resolver").json()["supportedPrimaryKeys"]
    assert keys == ["all"] or set(keys) == set(PRIMARY_KEYS)
