"""A host that an organization has bound: its own root, its own identifiers, and nothing else."""

import asyncio
from typing import Any

import pytest

from resolver.app import create_edge
from resolver.settings import EdgeSettings
from rules_compiler.compiler import compile_catalogue
from rules_compiler.model import Catalogue
from tests.factories import (
    GTIN,
    OTHER_GTIN,
    RIVAL_ID,
    item_key,
    make_catalogue,
    make_host,
    make_item,
    make_organization,
    make_rule,
)
from tests.resolver.edge_client import PROXY, ROOT, EdgeClient, Reply

HOST = "id.meadow.example"
AT_HOST = f"https://{HOST}"
PATH = f"/01/{GTIN}"
RIVAL_PATH = f"/01/{OTHER_GTIN}"
TYPED = make_rule("recall", link_type="gs1:recallStatus")
"""Leaves the default to the hosted page, which stands under the root of the host."""


def make_hosts_catalogue(**fields: Any) -> Catalogue:
    rival_item = make_item(key=item_key(OTHER_GTIN), brand_id=None, owner_id=RIVAL_ID)
    defaults: dict[str, Any] = {
        "organizations": (make_organization(), make_organization(id=RIVAL_ID)),
        "items": (make_item(), rival_item),
        "hosts": (make_host(),),
    }
    return make_catalogue(TYPED, **(defaults | fields))


@pytest.fixture
def edge() -> EdgeClient:
    return EdgeClient(make_hosts_catalogue())


class TestRoot:
    def test_the_hosted_page_and_the_link_stand_under_the_host(self, edge: EdgeClient) -> None:
        reply = edge.get(PATH, host=HOST)
        assert reply.location == f"{AT_HOST}/p{PATH}"
        assert reply.links[0].startswith(f"<{AT_HOST}{PATH}?")

    def test_anchors_stand_under_the_host(self, edge: EdgeClient) -> None:
        reply = edge.get(f"{PATH}?linkType=linkset", host=HOST)
        assert [member["anchor"] for member in reply.json()["linkset"]] == [AT_HOST + PATH]

    def test_a_preflight_names_the_linkset_under_the_host(self, edge: EdgeClient) -> None:
        assert edge.request("OPTIONS", PATH, host=HOST).links[0].startswith(f"<{AT_HOST}{PATH}?")

    def test_the_hosted_page_names_it(self, edge: EdgeClient) -> None:
        assert f"{AT_HOST}{PATH}?linkType=linkset" in edge.get(f"/p{PATH}", host=HOST).body.decode()

    @pytest.mark.parametrize("spelling", ["ID.Meadow.Example", f"{HOST}:8443", f"{HOST}.", f"{HOST}.:80"])
    def test_a_name_is_the_same_in_every_spelling(self, edge: EdgeClient, spelling: str) -> None:
        assert edge.get(PATH, host=spelling).location == f"{AT_HOST}/p{PATH}"

    @pytest.mark.parametrize(
        "name", [ROOT.removeprefix("https://"), "127.0.0.1:8000", "[::1]:80", "", "other.example", "\xff"]
    )
    def test_a_name_that_nobody_has_bound_stands_for_the_default_host(
        self, edge: EdgeClient, name: str
    ) -> None:
        assert edge.get(PATH, host=name).location == f"{ROOT}/p{PATH}"

    def test_it_has_no_path_of_the_default_root(self) -> None:
        edge = EdgeClient(make_hosts_catalogue(), base_url="https://example.org/id")
        assert edge.get(PATH, host=HOST).location == f"{AT_HOST}/p{PATH}"
        assert edge.get(f"/id{PATH}", host=HOST).status == 404

    def test_it_has_the_port_of_the_default_root(self) -> None:
        edge = EdgeClient(make_hosts_catalogue(), base_url="http://localhost:8000")
        assert edge.get(PATH, host=f"{HOST}:8000").location == f"http://{HOST}:8000/p{PATH}"

    def test_the_name_of_the_default_host_is_nobodys(self) -> None:
        hosts = (make_host(name="id.example.org"),)
        edge = EdgeClient(make_hosts_catalogue(hosts=hosts))
        assert edge.get(RIVAL_PATH, host="ID.example.org").location == f"{ROOT}/p{RIVAL_PATH}"


class TestProxies:
    def test_a_trusted_one_tells_host_and_scheme(self) -> None:
        edge = EdgeClient(make_hosts_catalogue(), base_url="http://edge:8000", trusted_proxies=PROXY)
        told = {"host": "edge:8000", "x_forwarded_host": HOST, "x_forwarded_proto": "https"}
        assert edge.get(PATH, **told).location == f"{AT_HOST}/p{PATH}"

    def test_the_nearest_one_is_believed(self) -> None:
        edge = EdgeClient(make_hosts_catalogue(), trusted_proxies=PROXY)
        assert edge.get(PATH, x_forwarded_host=f"other.example, {HOST}").location == f"{AT_HOST}/p{PATH}"

    @pytest.mark.parametrize("scheme", ["javascript", "", "HTTPS"])
    def test_a_scheme_that_is_none_is_not_taken(self, scheme: str) -> None:
        edge = EdgeClient(make_hosts_catalogue(), trusted_proxies=PROXY)
        assert edge.get(PATH, host=HOST, x_forwarded_proto=scheme).location == f"{AT_HOST}/p{PATH}"

    @pytest.mark.parametrize("settings", [{}, {"trusted_proxies": "198.51.100.0/24"}])
    def test_nobody_else_is_believed(self, settings: dict[str, str]) -> None:
        edge = EdgeClient(make_hosts_catalogue(), **settings)
        told = {"host": HOST, "x_forwarded_host": "other.example", "x_forwarded_proto": "http"}
        assert edge.get(PATH, **told).location == f"{AT_HOST}/p{PATH}"


class TestIdentifiers:
    @pytest.mark.parametrize("path", [RIVAL_PATH, f"/p{RIVAL_PATH}", f"{RIVAL_PATH}?linkType=linkset"])
    def test_those_of_another_organization_are_404(self, edge: EdgeClient, path: str) -> None:
        assert edge.get(path, host=HOST).status == 404
        assert edge.get(path).status != 404

    @pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html"])
    def test_they_are_the_same_as_unknown_ones(self, edge: EdgeClient, accept: str) -> None:
        unknown = "09520000200015"
        rival, nobody = (edge.get(f"/01/{gtin}", host=HOST, accept=accept) for gtin in (OTHER_GTIN, unknown))
        assert rival.body.replace(OTHER_GTIN.encode(), unknown.encode()) == nobody.body
        assert (rival.status, rival.raw_headers) == (nobody.status, nobody.raw_headers)

    def test_an_own_one_that_redirects_nobody_keeps_its_page(self) -> None:
        edge = EdgeClient(make_hosts_catalogue(items=(make_item(is_resolvable=False),)))
        assert edge.get(PATH, host=HOST).location == f"{AT_HOST}/p{PATH}"

    def test_one_whose_claim_is_refused_is_404(self) -> None:
        disputed = make_item(brand_id=None, owner_id="meadow", refused_ids=frozenset({"meadow"}))
        edge = EdgeClient(make_hosts_catalogue(items=(disputed,)))
        assert edge.get(PATH, host=HOST).status == 404

    def test_one_of_nobody_is_404(self) -> None:
        edge = EdgeClient(make_hosts_catalogue(items=(make_item(brand_id=None),)))
        assert edge.get(PATH, host=HOST).status == 404

    def test_a_malformed_one_is_400(self, edge: EdgeClient) -> None:
        assert edge.get("/01/09506000134353", host=HOST).status == 400

    def test_a_stranger_is_not_sent_to_another_resolver(self) -> None:
        edge = EdgeClient(make_hosts_catalogue(), handled_by="01/09=https://id.other.example")
        assert edge.get(PATH, host=HOST).location == f"https://id.other.example{PATH}"
        assert edge.get(RIVAL_PATH, host=HOST).status == 404
        assert edge.get(RIVAL_PATH).location == f"https://id.other.example{RIVAL_PATH}"

    def test_scans_count_as_everywhere(self, edge: EdgeClient) -> None:
        edge.get(RIVAL_PATH, host=HOST)
        edge.get(PATH, host=HOST)
        assert [scan.key for scan in edge.scans] == [item_key()]


class TestElsewhere:
    @pytest.mark.parametrize(
        "path",
        ["/", "/foo", "/resolver/api/v1/hosts/allowed", "/status", "/metrics", "/healthz", "/p/", "/%2E"],
    )
    def test_nothing_else_is_reached(self, edge: EdgeClient, path: str) -> None:
        reply = edge.get(path, host=HOST)
        assert (reply.status, reply.json()["error"]["code"]) == (404, "NOT_FOUND")
        assert edge.get(path).status == 299

    def test_a_person_sees_a_page(self, edge: EdgeClient) -> None:
        reply = edge.get("/<b>", host=HOST, accept="text/html")
        assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert b"<b>" not in reply.body

    def test_no_api_is_written_to(self, edge: EdgeClient) -> None:
        assert edge.request("POST", "/account/api/v1/organizations", host=HOST).status == 404


class TestDescription:
    @pytest.mark.parametrize(("name", "root"), [(HOST, AT_HOST), ("id.example.org", ROOT), ("::1", ROOT)])
    def test_it_names_the_root_of_its_host(self, name: str, root: str) -> None:
        reply = asyncio.run(describe(name))
        assert (reply.status, reply.json()["resolverRoot"]) == (200, root)
        assert reply.headers["access-control-allow-origin"] == "*"


async def describe(host: str) -> Reply:
    """Ask the whole edge service for its description, at *host*."""
    edge = create_edge(EdgeSettings(base_url=ROOT))
    edge._holder.replace(compile_catalogue(make_hosts_catalogue()))
    path = "/.well-known/gs1resolver"
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode()}
    scope |= {"query_string": b"", "headers": [(b"host", host.encode())]}
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await edge(scope, None, send)  # type: ignore[arg-type]  # nothing is received
    start, *bodies = sent
    return Reply(start["status"], start["headers"], b"".join(each["body"] for each in bodies))


class TestTable:
    def test_a_host_that_is_deleted_is_the_default_host_again(self, edge: EdgeClient) -> None:
        table = edge.holder.table
        edge.holder.replace(table.adopt(table.number + 1, {f"host/{HOST}": None}))
        assert edge.get(PATH, host=HOST).location == f"{ROOT}/p{PATH}"

    def test_a_damaged_one_is_500_and_counted(self, edge: EdgeClient) -> None:
        table = edge.holder.table
        edge.holder.replace(table.adopt(table.number + 1, {f"host/{HOST}": b"\xc1"}))
        assert edge.get(PATH, host=HOST).status == 500
        assert edge.edge.failures == 1
        assert edge.get(PATH).status == 307
