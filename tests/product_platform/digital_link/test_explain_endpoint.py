"""The API tells what the edge would answer, and why, at any instant."""

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from admin_api.explain import LocalEdge
from product_platform.digital_link import router
from product_platform.kit.ids import to_short
from product_platform.kit.permissions import Principal
from product_platform.kit.services import Services
from resolver.settings import EdgeSettings
from tests.product_platform.catalogue import make_organization, make_principal
from tests.product_platform.clients import make_app, make_client
from tests.product_platform.digital_link.conftest import GTIN, OTHER_GTIN, create_rule, make_product

pytestmark = pytest.mark.servers

URI = f"https://id.example/01/{GTIN}"
NOW = "2026-03-01T12:00:00Z"


def make_explaining_client(services: Services, principal: Principal) -> httpx2.AsyncClient:
    app = make_app("Resolver", router)
    app.state.edge = LocalEdge(EdgeSettings())
    return make_client(app, services, principal)


@pytest.fixture
async def client(services: Services, organization: UUID) -> Any:
    async with make_explaining_client(services, make_principal(organization)) as client:
        yield client


@pytest.fixture
def path(organization: UUID) -> str:
    return f"/organizations/{to_short(organization)}/explain"


async def ask(client: httpx2.AsyncClient, path: str, body: Any) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.usefixtures("product")
class TestExplain:
    async def test_tells_the_answer_and_how_each_rule_fared(
        self, client: httpx2.AsyncClient, rules_path: str, path: str
    ) -> None:
        french = await create_rule(client, rules_path, custom_url="https://example.com/fr", languages=["fr"])
        other = await create_rule(client, rules_path, custom_url="https://example.com/", title="All")
        report = await ask(client, path, {"uri": URI, "headers": {"Accept-Language": "fr"}})
        assert report == {
            "uri": URI,
            "at": NOW,
            "key": f"01/{GTIN}",
            "outcome": "REDIRECT",
            "winner": {"rule_id": french["id"]},
            "choices": [],
            "rules": [
                {
                    "rule_id": french["id"],
                    "scope_type": "ORGANIZATION",
                    "order_index": 0,
                    "weight": None,
                    "link_type": None,
                    "target": "https://example.com/fr",
                    "reason": "won",
                    "message": "answers",
                },
                {
                    "rule_id": other["id"],
                    "scope_type": "ORGANIZATION",
                    "order_index": 1,
                    "weight": None,
                    "link_type": None,
                    "target": "https://example.com/",
                    "reason": "preference",
                    "message": "is preferred less than another by what the request says",
                },
            ],
            "error": None,
            "table": 0,
            "status": 307,
            "location": "https://example.com/fr",
        }

    async def test_a_country_and_an_instant_of_the_future(
        self, client: httpx2.AsyncClient, rules_path: str, path: str
    ) -> None:
        rule = await create_rule(
            client,
            rules_path,
            custom_url="https://example.com/ca",
            location_countries=["CA"],
            absolute_start_at="2027-01-01T00:00:00Z",
        )
        asked = {"uri": f"/01/{GTIN}", "country": "ca"}
        today, later = await ask(client, path, [asked, {**asked, "at": "2027-01-01T00:00:00Z"}])
        assert (today["winner"], today["rules"][0]["reason"]) == (None, "closed_window")
        assert later["winner"] == {"rule_id": rule["id"]}

    @pytest.mark.parametrize(
        ("uri", "code"), [("/01/09506000134353", "check_digit"), ("https://[x/01/1", "authority")]
    )
    async def test_a_uri_that_is_no_identifier(
        self, client: httpx2.AsyncClient, path: str, uri: str, code: str
    ) -> None:
        report = await ask(client, path, {"uri": uri})
        assert (report["status"], report["error"]["code"]) == (400, code)

    async def test_an_identifier_of_nobody(self, client: httpx2.AsyncClient, path: str) -> None:
        report = await ask(client, path, {"uri": "/01/09520000100018"})
        assert (report["status"], report["outcome"], report["rules"]) == (404, "NOT_FOUND", [])

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "uri"),
            ({"uri": URI, "country": "Canada"}, "country"),
            ({"uri": URI, "at": "0001-01-01T00:00:00+09:00"}, "at"),
            ({"uri": URI, "at": "9999-12-31T00:00:00Z"}, "at"),
            ({"uri": URI, "when": NOW}, "when"),
            ([{"uri": URI}, {"uri": 1}], "[1].uri"),
            ([], ""),
            ([{"uri": URI}] * 101, ""),
            (5, ""),
        ],
    )
    async def test_a_malformed_body(
        self, client: httpx2.AsyncClient, path: str, body: Any, field: str
    ) -> None:
        answer = await client.post(path, json=body)
        assert answer.status_code == 422
        assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]


@pytest.mark.usefixtures("product")
class TestAnotherOrganization:
    async def test_hears_what_anybody_could_find_out(
        self, client: httpx2.AsyncClient, rules_path: str, services: Services
    ) -> None:
        await create_rule(
            client,
            rules_path,
            custom_url="https://example.com/soon",
            absolute_start_at="2027-01-01T00:00:00Z",
        )
        rival = await make_organization(services.database, "Rival")
        asked = {"uri": f"/01/{GTIN}", "at": "2027-01-01T00:00:00Z"}
        async with make_explaining_client(services, make_principal(rival)) as stranger:
            report = await ask(stranger, f"/organizations/{to_short(rival)}/explain", asked)
        assert report == {
            "uri": f"/01/{GTIN}",
            "at": NOW,
            "key": f"01/{GTIN}",
            "outcome": "HOSTED",
            "winner": None,
            "choices": [],
            "rules": [],
            "error": None,
            "table": 0,
            "status": 307,
            "location": None,
        }

    async def test_is_not_there_for_a_stranger(self, path: str, services: Services) -> None:
        async with make_explaining_client(services, make_principal(uuid4())) as stranger:
            assert (await stranger.post(path, json={"uri": URI})).status_code == 404


@pytest.mark.usefixtures("product")
class TestHosts:
    @pytest.fixture(autouse=True)
    async def host(self, services: Services, organization: UUID) -> None:
        """Bind a name of the organization."""
        await services.database.pool.execute(
            "INSERT INTO custom_hosts (organization_id, name, token, verified_at, created, modified)"
            " VALUES ($1, 'id.meadow.example', 't', now(), now(), now())",
            organization,
        )

    @pytest.mark.parametrize(
        ("uri", "root"),
        [
            (f"https://ID.meadow.example/01/{GTIN}", "https://id.meadow.example"),
            (f"http://id.meadow.example:8000/01/{GTIN}", "http://id.meadow.example:8000"),
            (f"https://id.example/01/{GTIN}", "http://localhost:8000"),
            (f"/01/{GTIN}", "http://localhost:8000"),
        ],
    )
    async def test_an_own_identifier_is_answered_under_the_root_of_its_host(
        self, client: httpx2.AsyncClient, rules_path: str, path: str, uri: str, root: str
    ) -> None:
        rule = await create_rule(client, rules_path)
        report = await ask(client, path, {"uri": uri})
        assert (report["status"], report["location"]) == (307, f"{root}/p/01/{GTIN}")
        assert report["winner"] == {"rule_id": rule["id"]}

    async def test_an_identifier_of_others_is_nobodys(self, services: Services) -> None:
        rival = await make_organization(services.database, "Rival")
        await make_product(services.database, OTHER_GTIN, rival)
        async with make_explaining_client(services, make_principal(rival)) as client:
            organization_path = f"/organizations/{to_short(rival)}"
            await create_rule(client, f"{organization_path}/resolution-rules")
            reports = await ask(
                client,
                f"{organization_path}/explain",
                [{"uri": f"https://{host}/01/{OTHER_GTIN}"} for host in ("id.example", "id.meadow.example")],
            )
        told = [(report["status"], report["outcome"], len(report["rules"])) for report in reports]
        assert told == [(307, "HOSTED", 1), (404, "NOT_FOUND", 0)]


@pytest.mark.usefixtures("product")
class TestThePast:
    async def test_rules_are_as_they_were(
        self, client: httpx2.AsyncClient, rules_path: str, path: str, services: Services
    ) -> None:
        scope = {"scope_type": "BATCH", "scope_id": "A/1", "product_id": GTIN}
        everybody = await create_rule(client, rules_path, custom_url="https://example.com/0")
        lot = await create_rule(client, rules_path, custom_url="https://example.com/1", **scope)
        services.clock.advance(60)  # type: ignore[attr-defined]  # tests have a clock that stands still
        await client.patch(f"/resolution-rules/{lot['id']}", json={"custom_url": "https://example.com/2"})
        services.clock.advance(60)  # type: ignore[attr-defined]
        await client.delete(f"/resolution-rules/{lot['id']}")
        times = ("11:59:59", "12:00:00", "12:00:59", "12:01:00", "12:01:59", "12:02:00")
        asked = [{"uri": f"/01/{GTIN}/10/A%2F1", "at": f"2026-03-01T{time}Z"} for time in times]
        reports = await ask(client, path, asked)
        assert [report["location"] and report["location"][-1] for report in reports] == [
            *(reports[0]["location"][-1], "1", "1", "2", "2", "0"),
        ]
        assert reports[0]["outcome"] == "HOSTED"
        assert [len(report["rules"]) for report in reports] == [0, 2, 2, 2, 2, 1]
        assert reports[5]["winner"] == {"rule_id": everybody["id"]}

    async def test_a_rule_that_has_moved_to_another_scope(
        self, client: httpx2.AsyncClient, rules_path: str, path: str, services: Services
    ) -> None:
        rule = await create_rule(client, rules_path, scope_type="PRODUCT", scope_id=GTIN)
        services.clock.advance(60)  # type: ignore[attr-defined]
        moved = await client.patch(
            f"/resolution-rules/{rule['id']}", json={"scope_type": "ORGANIZATION", "scope_id": None}
        )
        assert moved.status_code == 200, moved.text
        before, after = await ask(client, path, [{"uri": URI, "at": NOW}, {"uri": URI}])
        assert [row["scope_type"] for row in before["rules"]] == ["PRODUCT"]
        assert [row["scope_type"] for row in after["rules"]] == ["ORGANIZATION"]
