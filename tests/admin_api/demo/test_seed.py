from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from admin_api.demo import DEMO_URLS
from admin_api.demo.seed import FILES, seed
from product_platform.account import Accounts
from product_platform.digital_link import Publisher
from product_platform.kit.clock import FixedClock
from product_platform.kit.permissions import PERMISSIONS, Principal, Role
from product_platform.kit.services import Services
from product_platform.products import Products
from rules_compiler.dict_table import DictTable
from rules_compiler.model import ScopeType
from tests.factories import epoch
from tests.resolver.edge_client import EdgeClient

ROOT = "https://id.example.com"
LINES = [
    orjson.loads(line)
    for name in FILES
    for line in files("admin_api.demo").joinpath(name).read_text().splitlines()
]


def of_type(kind: str) -> list[dict[str, Any]]:
    return [line for line in LINES if line["type"] == kind]


def hosts() -> Iterator[str]:
    for line in LINES:
        for field in ("website", "url", "custom_url", "image_url"):
            if line.get(field):
                yield urlsplit(line[field]).hostname or ""


class TestCatalogue:
    def test_no_name_of_it_can_belong_to_anybody(self) -> None:
        assert all(host.endswith(".example") for host in hosts())
        assert all(line["gtin"].lstrip("0")[:3] in {"952", "195"} for line in of_type("product"))

    def test_covers_every_scope(self) -> None:
        assert {rule["scope_type"] for rule in of_type("rule")} == set(ScopeType)

    @pytest.mark.parametrize(
        "criterion",
        [
            "absolute_start_at",
            "annual_start_mmdd",
            "days_of_week",
            "time_of_day_start",
            "location_countries",
            "languages",
            "media_type",
            "link_type",
        ],
    )
    def test_shows_every_kind_of_criterion(self, criterion: str) -> None:
        assert any(rule.get(criterion) for rule in of_type("rule"))

    def test_shows_both_policies_for_a_dead_target(self) -> None:
        dead = {target["url"] for target in of_type("custom_url") if target["status"] == "UNREACHABLE"}
        policies = {rule["on_custom_url_dead"] for rule in of_type("rule") if rule["custom_url"] in dead}
        assert policies == {"SKIP_RULE", "FALLBACK_TO_HOSTED"}


@pytest.fixture
async def principal(services: Services, clock: FixedClock) -> Principal:
    async with services.database.transaction() as connection:
        user = await Accounts(clock).create_user(connection, "owner@example.com")
    return Principal(user_id=user.id)


async def serve(services: Services) -> EdgeClient:
    """Publish what is in the database to an edge."""
    async with services.database.pool.acquire() as connection:
        publisher = Publisher(
            connection, services.bus, load_facts=Products.facts, min_claim_tier="unverified"
        )
        number = await publisher.publish_once()
        assert number is not None
        rows = await connection.fetch("SELECT key, bytes FROM slices")
    edge = EdgeClient(None, base_url=ROOT)
    edge.holder.replace(DictTable(number, {row["key"]: row["bytes"] for row in rows}))
    return edge


async def count_everything(services: Services) -> list[int]:
    tables = ("organizations", "brands", "products", "lots", "serials", "resolution_rules", "outbox")
    return [await services.database.pool.fetchval(f"SELECT count(*) FROM {table}") for table in tables]


@pytest.mark.servers
class TestSeed:
    async def test_every_line_is_kept_and_compiles(
        self, services: Services, clock: FixedClock, principal: Principal
    ) -> None:
        assert await seed(services.database, clock, principal=principal) == []
        await serve(services)
        assert not await services.database.pool.fetchval("SELECT count(*) FROM outbox WHERE done_at IS NULL")

    async def test_doing_it_again_adds_nothing(
        self, services: Services, clock: FixedClock, principal: Principal
    ) -> None:
        await seed(services.database, clock, principal=principal)
        before = await count_everything(services)
        rows = await services.database.pool.fetch("SELECT id FROM organizations")
        owner = replace(principal, organizations={row["id"]: PERMISSIONS[Role.OWNER] for row in rows})
        assert await seed(services.database, clock, principal=owner) == []
        assert await count_everything(services) == before


@pytest.mark.servers
class TestDemoUrls:
    @pytest.fixture
    async def edge(self, services: Services, clock: FixedClock, principal: Principal) -> EdgeClient:
        await seed(services.database, clock, principal=principal)
        return await serve(services)

    @pytest.mark.parametrize("at", ["2026-01-31T23:00:00Z", "2028-02-29T12:00:00Z", "2031-08-15T05:00:00Z"])
    def test_they_lead_where_they_say_on_any_day(self, edge: EdgeClient, at: str) -> None:
        edge.now = epoch(at)
        for url in DEMO_URLS:
            reply = edge.get(url.path)
            assert (reply.status, reply.location) == (url.status, url.to_location(ROOT))

    def test_the_flagged_serial_is_warned_of(self, edge: EdgeClient) -> None:
        page = edge.get(DEMO_URLS[-1].location).body.decode()
        assert "counterfeit" in page

    @pytest.mark.parametrize("month", ["01", "04", "07", "09", "10", "12"])
    def test_recipes_suit_the_season(self, edge: EdgeClient, month: str) -> None:
        edge.now = epoch(f"2027-{month}-15T12:00:00Z")
        season = "cold" if "04" <= month <= "09" else "warm"
        reply = edge.get("/01/09521001000024?linkType=gs1:recipeInfo")
        assert reply.location is not None
        assert reply.location.startswith(f"https://patient-oat.example/recipes/{season}")

    @pytest.mark.parametrize(
        ("path", "location"),
        [
            # The summer stand is unreachable and skipped, so that the brand speaks.
            ("/01/09521001000031", "https://patient-oat.example/range?product=09521001000031"),
            # The dynamo club is unreachable, and our own page stands in for it.
            ("/01/09522002000037", f"{ROOT}/p/01/09522002000037"),
            # A brand without rules leaves the answer to its organization.
            ("/01/09521001000055", "https://patient-oat.example/"),
            # The second kind of a light, every single one of another, and a place with its yard.
            ("/01/09522002000013/22/MK2", "https://owl-and-spoke.example/barn-owl/mk2"),
            (
                "/01/09522002000020/21/LO-7?linkType=gs1:registerProduct",
                "https://owl-and-spoke.example/register/LO-7?linkType=gs1:registerProduct",
            ),
            ("/414/9522002100003", "https://owl-and-spoke.example/workshops/harbour"),
            ("/414/9522002100003/254/YARD", "https://owl-and-spoke.example/workshops/harbour#yard"),
            # Nobody says anything about the spare clip.
            ("/01/95220024", f"{ROOT}/p/01/00000095220024"),
        ],
    )
    def test_other_links_that_the_documentation_may_show(
        self, edge: EdgeClient, path: str, location: str
    ) -> None:
        assert edge.get(path).location == location

    def test_languages_are_preferred(self, edge: EdgeClient) -> None:
        reply = edge.get("/01/09521001000017", accept_language="sv")
        assert reply.location == "https://patient-oat.example/sv/barista"
