"""A draft of rules is tried as if it were written, and leaves nothing behind."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from admin_api.explain import LocalEdge
from product_platform.digital_link import EdgeAnswer, Question, router
from product_platform.digital_link.repository.scans import ScanRow, make_partitions, store_scans
from product_platform.kit.db import Connection
from product_platform.kit.ids import to_short
from product_platform.kit.outbox import OUTBOX_CHANNEL
from product_platform.kit.permissions import Role
from product_platform.kit.services import Services
from resolver.settings import EdgeSettings
from rules_compiler.model import Catalogue
from tests.product_platform.catalogue import make_organization, make_principal
from tests.product_platform.clients import make_app, make_client
from tests.product_platform.digital_link.conftest import GTIN, OTHER_GTIN, codes, create_rule, make_product

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("product")]

PATH = f"/01/{GTIN}"
NOW = "2026-03-01T12:00:00Z"
NOBODY = str(UUID(int=9))

Simulate = Callable[..., Awaitable[Any]]
Client = httpx2.AsyncClient


def make_simulating_client(services: Services, *organizations: UUID, **options: Any) -> Client:
    app = make_app("Resolver", router)
    app.state.edge = options.pop("edge", LocalEdge(EdgeSettings()))
    return make_client(app, services, make_principal(*organizations, **options))


@pytest.fixture
async def client(services: Services, organization: UUID) -> AsyncIterator[Client]:
    async with make_simulating_client(services, organization) as client:
        yield client


@pytest.fixture
def path(rules_path: str) -> str:
    return f"{rules_path}/simulate"


@pytest.fixture
def simulate(client: Client, path: str) -> Simulate:
    async def simulate(*changes: Any, **body: Any) -> Any:
        body.setdefault("requests", [{"uri": PATH}])
        answer = await client.post(path, json={"changes": changes, **body})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return simulate


def link(url: str, **fields: Any) -> dict[str, Any]:
    """Return a change that creates a rule of the whole organization."""
    rule = {"scope_type": "ORGANIZATION", "destination_type": "CUSTOM_URL", "custom_url": url}
    return {"create": rule | fields}


class TestWhatChanges:
    async def test_a_new_rule_is_called_by_its_place_in_the_draft(
        self, simulate: Simulate, client: Client, rules_path: str
    ) -> None:
        everybody = await create_rule(client, rules_path, custom_url="https://example.com/")
        french = {"uri": PATH, "headers": {"Accept-Language": "fr"}, "country": "CA"}
        report = await simulate(
            {"reorder": [{"id": everybody["id"], "order_index": 1}]},
            link("https://example.com/fr", languages=["fr"], order_index=0),
            requests=[french, {"uri": PATH}],
        )
        assert report == {
            "requests": 2,
            "changed": 1,
            "share": 0.5,
            "answers": [
                {
                    "request": french | {"at": NOW},
                    "count": 1,
                    "before": {
                        "status": 307,
                        "location": "https://example.com/",
                        "rule_id": everybody["id"],
                    },
                    "after": {"status": 307, "location": "https://example.com/fr", "rule_id": "changes[1]"},
                }
            ],
        }

    async def test_a_rule_that_is_changed(self, simulate: Simulate, client: Client, rules_path: str) -> None:
        rule = await create_rule(client, rules_path, custom_url="https://example.com/1")
        report = await simulate({"update": {"id": rule["id"], "custom_url": "https://example.com/2"}})
        (answer,) = report["answers"]
        assert answer["before"]["location"] == "https://example.com/1"
        assert answer["after"] == {
            "status": 307,
            "location": "https://example.com/2",
            "rule_id": rule["id"],
        }

    async def test_a_rule_that_goes(self, simulate: Simulate, client: Client, rules_path: str) -> None:
        rule = await create_rule(client, rules_path, custom_url="https://example.com/1")
        report = await simulate({"delete": {"id": rule["id"]}})
        (answer,) = report["answers"]
        assert (answer["before"]["rule_id"], answer["after"]["rule_id"]) == (rule["id"], None)
        assert answer["after"]["location"].endswith(f"/p{PATH}")

    async def test_the_body_counts(self, simulate: Simulate, client: Client, rules_path: str) -> None:
        await create_rule(client, rules_path, custom_url="https://example.com/1")
        linkset = {"uri": f"{PATH}?linkType=linkset"}
        report = await simulate(link("https://example.com/r", link_type="gs1:recipeInfo"), requests=[linkset])
        (answer,) = report["answers"]
        assert answer["before"] == answer["after"] == {"status": 200, "location": None, "rule_id": None}

    async def test_another_rule_with_the_same_answer_is_no_change(
        self, simulate: Simulate, client: Client, rules_path: str
    ) -> None:
        rule = await create_rule(client, rules_path, custom_url="https://example.com/1")
        report = await simulate({"delete": {"id": rule["id"]}}, link("https://example.com/1"))
        assert report == {"requests": 1, "changed": 0, "share": 0.0, "answers": []}

    async def test_the_instant_of_all_requests_or_of_one(self, simulate: Simulate) -> None:
        report = await simulate(
            link("https://example.com/soon", absolute_start_at="2027-01-01T00:00:00Z"),
            requests=[{"uri": PATH}, {"uri": PATH, "at": NOW}],
            at="2027-01-01T00:00:00Z",
        )
        assert [answer["request"]["at"] for answer in report["answers"]] == ["2027-01-01T00:00:00Z"]

    async def test_a_level_that_the_draft_itself_registers(self, simulate: Simulate) -> None:
        lot = {"scope_type": "BATCH", "scope_id": "A/1", "product_id": GTIN}
        report = await simulate(
            link("https://example.com/{lot}", **lot),
            requests=[{"uri": f"{PATH}/10/A%2F1"}, {"uri": f"{PATH}/10/B"}],
        )
        assert [answer["after"]["location"] for answer in report["answers"]] == ["https://example.com/A%2F1"]

    async def test_what_is_no_identifier_or_of_others_never_changes(
        self, simulate: Simulate, services: Services
    ) -> None:
        await make_product(services.database, OTHER_GTIN, await make_organization(services.database, "Rival"))
        uris = ["https://[x/01/1", f"{PATH[:-1]}9", f"/01/{OTHER_GTIN}", "/414/9506000134352"]
        report = await simulate(link("https://example.com/"), requests=[{"uri": uri} for uri in uris])
        assert (report["requests"], report["changed"]) == (4, 0)


class TestFrequentScans:
    @pytest.fixture
    def scan(self, services: Services, organization: UUID) -> Callable[..., Awaitable[None]]:
        async def scan(times: int, days_ago: int = 0, **fields: Any) -> None:
            at = services.clock.now() - timedelta(days=days_ago)
            row = ScanRow(
                day=at.date(),
                event_id=b"",
                at=at,
                key=f"01/{GTIN}",
                gtin=GTIN,
                lot=None,
                serial=None,
                organization_id=organization,
                brand_id=None,
                rule_id=None,
                outcome="hosted",
                country="SE",
                device="mobile",
                is_bot=False,
            )._replace(**fields)
            async with services.database.transaction() as connection:
                await make_partitions(connection, [row.day])
                await store_scans(connection, [row._replace(event_id=uuid4().bytes) for _ in range(times)])

        return scan

    async def test_are_weighed_by_how_often_they_come(
        self, client: Client, path: str, scan: Callable[..., Awaitable[None]]
    ) -> None:
        await scan(2, country="SE")
        await scan(1, days_ago=7, country="SE")
        await scan(5, country="DE")
        await scan(1, country=None, key=f"01/{GTIN}/21/7", serial="7")
        body = {"changes": [link("https://example.com/se", location_countries=["SE"])]}
        report = (await client.post(path, json=body)).json()
        assert (report["requests"], report["changed"], report["share"]) == (3, 1, 0.3333)
        (answer,) = report["answers"]
        assert (answer["request"]["uri"], answer["request"]["country"], answer["count"]) == (PATH, "SE", 3)

    async def test_are_shoppers_of_the_organization_in_the_last_week(
        self, client: Client, path: str, scan: Callable[..., Awaitable[None]]
    ) -> None:
        await scan(1, is_bot=True)
        await scan(1, days_ago=8)
        await scan(1, organization_id=uuid4())
        body = {"changes": [link("https://example.com/")]}
        assert (await client.post(path, json=body)).json() == {
            "requests": 0,
            "changed": 0,
            "share": 0.0,
            "answers": [],
        }

    async def test_are_the_fifty_most_frequent(
        self, client: Client, path: str, scan: Callable[..., Awaitable[None]]
    ) -> None:
        for serial in range(51):
            await scan(1 if serial == 0 else 2, key=f"01/{GTIN}/21/{serial}", serial=str(serial))
        report = (await client.post(path, json={"changes": [link("https://example.com/")]})).json()
        uris = {answer["request"]["uri"] for answer in report["answers"]}
        assert uris == {f"{PATH}/21/{serial}" for serial in range(1, 51)}


class TestNothingIsKept:
    STATE = """
        SELECT (SELECT count(*) FROM outbox) AS outbox, (SELECT seq FROM publish_head) AS seq,
            (SELECT count(*) FROM rule_versions) AS versions, (SELECT count(*) FROM rule_changes) AS changes,
            (SELECT count(*) FROM lots) AS lots, (SELECT count(*) FROM identifiers) AS identifiers,
            (SELECT array_agg(url ORDER BY url) FROM custom_urls) AS custom_urls,
            (SELECT jsonb_agg(rule ORDER BY id) FROM resolution_rules AS rule) AS rules
    """

    async def test_and_nobody_is_told(
        self, simulate: Simulate, client: Client, rules_path: str, connection: Connection, services: Services
    ) -> None:
        rules = [
            await create_rule(client, rules_path, custom_url=f"https://example.com/{at}") for at in "123"
        ]
        before = await services.database.pool.fetchrow(self.STATE)
        heard: asyncio.Queue[object] = asyncio.Queue()
        await connection.add_listener(OUTBOX_CHANNEL, lambda *args: heard.put_nowait(args[3]))
        report = await simulate(
            {"delete": {"id": rules[0]["id"]}},
            {"update": {"id": rules[1]["id"], "custom_url": "https://example.com/new"}},
            {"reorder": [{"id": rules[2]["id"], "order_index": 9}]},
            link("https://example.com/", scope_type="BATCH", scope_id="A", product_id=GTIN),
            link("https://example.com/", scope_type="IDENTIFIER", scope_id="/414/9506000134352"),
        )
        assert report["changed"] == 1
        await services.database.pool.execute("SELECT pg_notify($1, 'the end')", OUTBOX_CHANNEL)
        async with asyncio.timeout(10):
            assert await heard.get() == "the end"
        assert await services.database.pool.fetchrow(self.STATE) == before

    async def test_nor_by_a_draft_that_is_refused(
        self, client: Client, path: str, services: Services
    ) -> None:
        before = await services.database.pool.fetchrow(self.STATE)
        answer = await client.post(path, json={"changes": [link("https://example.com/"), link("x")]})
        assert answer.status_code == 422
        assert await services.database.pool.fetchrow(self.STATE) == before

    async def test_rules_can_be_written_while_the_edge_is_asked(
        self, services: Services, organization: UUID, rules_path: str, path: str
    ) -> None:
        asked, written = threading.Event(), threading.Event()

        class SlowEdge(LocalEdge):
            def answer_all(self, questions: Iterable[Question], catalogue: Catalogue) -> list[EdgeAnswer]:
                asked.set()
                assert written.wait(10)
                return super().answer_all(questions, catalogue)

        edge = SlowEdge(EdgeSettings())
        async with make_simulating_client(services, organization, edge=edge) as client:
            body = {"changes": [link("https://example.com/")], "requests": [{"uri": PATH}]}
            simulation = asyncio.create_task(client.post(path, json=body))
            assert await asyncio.to_thread(asked.wait, 10)
            async with asyncio.timeout(10):
                await create_rule(client, rules_path)
            written.set()
            assert (await simulation).json()["changed"] == 1


class TestRefusals:
    async def test_all_that_is_wrong_is_told_at_once(
        self, client: Client, path: str, rules_path: str
    ) -> None:
        rule = await create_rule(client, rules_path)
        changes = [
            link("example.com", days_of_week=[7]),
            {"update": {"id": rule["id"], "weight": 0, "colour": "red"}},
            {"update": {"id": NOBODY, "title": "Gone"}},
            {"delete": {}},
            {"reorder": [{"id": rule["id"], "order_index": at} for at in (1, 2)]},
            {},
            link("https://example.com/", order_index=0),
            {"create": {}, "delete": {"id": rule["id"]}},
            {"rename": {}},
        ]
        answer = await client.post(path, json={"changes": changes})
        assert codes(answer) == {
            "changes[0].create.custom_url": "custom_url_not_absolute",
            "changes[0].create.days_of_week": "bad_weekday",
            "changes[1].update.colour": "extra_forbidden",
            "changes[1].update.weight": "bad_weight",
            "changes[2].update": "not_found",
            "changes[3].delete.id": "missing",
            "changes[4].reorder[1].id": "repeated_rule",
            "changes[5]": "not_one_change",
            "changes[6].create": "conflict",
            "changes[7]": "not_one_change",
            "changes[8].rename": "extra_forbidden",
        }

    async def test_what_a_write_would_say_of_the_same_rule(
        self, client: Client, path: str, rules_path: str
    ) -> None:
        rule = link("example.com", days_of_week=[7], scope_type="PRODUCT", scope_id=OTHER_GTIN)["create"]
        written = await client.post(rules_path, json=rule)
        drafted = await client.post(path, json={"changes": [{"create": rule}]})
        expected = {f"changes[0].create.{field}": code for field, code in codes(written).items()}
        assert codes(drafted) == expected

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "changes"),
            ({"changes": []}, "changes"),
            ({"changes": [link("https://example.com/")] * 101}, "changes"),
            ({"changes": [5]}, "changes[0]"),
            ({"changes": [{}], "requests": []}, "requests"),
            ({"changes": [{}], "requests": [{"uri": PATH}] * 201}, "requests"),
            ({"changes": [{}], "requests": [{"uri": PATH, "country": "Sweden"}]}, "requests[0].country"),
            ({"changes": [{}], "at": "soon"}, "at"),
        ],
    )
    async def test_a_malformed_body(self, client: Client, path: str, body: Any, field: str) -> None:
        answer = await client.post(path, json=body)
        assert answer.status_code == 422
        assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.READONLY])
    async def test_whoever_may_not_change_rules_finds_nothing(
        self, services: Services, organization: UUID, path: str, role: Role
    ) -> None:
        async with make_simulating_client(services, organization, role=role) as client:
            answer = await client.post(path, json={"changes": [link("https://example.com/")]})
        assert answer.status_code == 404

    async def test_rules_of_another_own_organization_are_not_there(
        self, services: Services, organization: UUID, path: str
    ) -> None:
        other = await make_organization(services.database, "Second")
        async with make_simulating_client(services, organization, other) as client:
            rule = await create_rule(client, f"/organizations/{to_short(other)}/resolution-rules")
            answer = await client.post(path, json={"changes": [{"delete": {"id": rule["id"]}}]})
        assert codes(answer) == {"changes[0].delete": "not_found"}
