"""What others than owners say, and when it becomes what the record says."""

from typing import Any

import httpx2
import pytest

from product_platform.kit.services import Services
from product_platform.products import Contributions
from product_platform.products.errors import RestrictedGtinError
from product_platform.products.models.trust import PROMOTION, Voice, judge, score
from product_platform.products.schemas.contributions import Contribution
from product_platform.products.schemas.fields import DataSource
from tests.product_platform.products.conftest import GTIN, PATH

CROWD, OFF, USDA = DataSource.CROWD_SOURCED, DataSource.OPEN_FOOD_FACTS, DataSource.USDA_FDC


WEIGHTS = {
    "claimed": 1.0,
    "gtin1_authoritative": 0.95,
    "usda_fdc": 0.9,
    "fda_ndc": 0.9,
    "brand_site_crawl": 0.8,
    "open_food_facts": 0.7,
    "imported": 0.7,
    "external_api": 0.7,
    "affiliate_feed": 0.6,
    "datakick": 0.6,
    "ai_extracted": 0.5,
    "common_crawl_wdc": 0.45,
    "crowd_sourced": 0.4,
}


class TestJudge:
    def test_one_voice_has_the_weight_of_its_source(self) -> None:
        heard = {source.value: judge([Voice("a", source)]) for source in DataSource}
        assert {source: verdict.confidence for source, (verdict,) in heard.items()} == pytest.approx(WEIGHTS)

    def test_voices_that_agree_add_up(self) -> None:
        (verdict,) = judge([Voice("a", CROWD)] * 3)
        assert verdict.confidence == pytest.approx(1 - 0.6**3)

    def test_voices_that_disagree_take_away(self) -> None:
        best, other = judge([Voice("a", OFF), Voice("b", CROWD)])
        assert (best.value, other.value) == ("a", "b")
        assert best.confidence == pytest.approx(0.7 * 0.7 / 1.1)
        assert other.confidence == pytest.approx(0.4 * 0.4 / 1.1)

    def test_the_weightiest_source_is_named(self) -> None:
        (verdict,) = judge([Voice("a", CROWD), Voice("a", USDA), Voice("a", OFF)])
        assert verdict.source is USDA

    @pytest.mark.parametrize("count", [1, 5, 200])
    def test_confidence_stays_within_one(self, count: int) -> None:
        (verdict,) = judge([Voice("a", USDA)] * count)
        assert 0 <= verdict.confidence <= 1

    def test_a_record_scores_the_mean_of_its_fields(self) -> None:
        assert score({"product_name": 0.7, "brand": 0.8, "net_content": 0.8}) == 0.7667
        assert score({}) == 0


@pytest.mark.servers
class TestAdd:
    async def add(
        self, services: Services, source: DataSource, contributor: str = "one", **fields: Any
    ) -> None:
        async with services.database.transaction() as connection:
            await Contributions(services.clock).add(
                connection, GTIN, Contribution(**fields), source=source, contributor=contributor
            )

    async def test_a_doubtful_value_waits_for_others_to_agree(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        for contributor in ("one", "two"):
            await self.add(services, CROWD, contributor, product_name="Oat drink")
            product = (await client.get(PATH)).json()
            assert (product["product_name"], product["confidence_score"]) == ("", 0)
        await self.add(services, CROWD, "three", product_name="Oat drink")
        product = (await client.get(PATH)).json()
        assert (product["product_name"], product["is_claimed"]) == ("Oat drink", False)
        assert product["field_confidence"] == {"product_name": pytest.approx(1 - 0.6**3)}
        assert product["confidence_score"] >= PROMOTION

    async def test_who_repeats_himself_is_heard_once(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        for _ in range(5):
            await self.add(services, CROWD, product_name="Oat drink")
        assert (await client.get(PATH)).json()["product_name"] == ""

    async def test_a_value_of_weight_is_taken_at_once_and_tells_its_source(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        await self.add(services, USDA, product_name="Oat drink", net_content="1 L", brand="Oats")
        product = (await client.get(PATH)).json()
        assert (product["data_source"], product["brand"]) == ("usda_fdc", "Oats")
        assert (product["net_content_value"], product["net_content_uom"]) == (1, "LTR")
        assert product["field_confidence"] == dict.fromkeys(("product_name", "net_content", "brand"), 0.9)
        sources = await services.database.pool.fetchval("SELECT field_sources FROM products")
        assert sources == dict.fromkeys(("product_name", "net_content", "brand"), "usda_fdc")

    async def test_a_better_value_takes_the_place_and_a_worse_one_does_not(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        await self.add(services, OFF, product_name="Oat drnk")
        await self.add(services, CROWD, product_name="Other")
        assert (await client.get(PATH)).json()["product_name"] == "Oat drnk"
        for contributor in ("a", "b", "c"):
            await self.add(services, USDA, contributor, product_name="Oat drink")
        product = (await client.get(PATH)).json()
        assert (product["product_name"], product["data_source"]) == ("Oat drink", "usda_fdc")

    async def test_the_word_of_an_owner_stays(
        self, client: httpx2.AsyncClient, services: Services, product: dict[str, Any]
    ) -> None:
        await self.add(services, DataSource.GTIN1_AUTHORITATIVE, product_name="Other", description="New")
        assert (await client.get(PATH)).json() == product

    async def test_numbers_of_one_shop_are_refused(self, services: Services) -> None:
        async with services.database.transaction() as connection:
            with pytest.raises(RestrictedGtinError):
                await Contributions(services.clock).add(
                    connection, "00200000000004", Contribution(), source=CROWD, contributor="one"
                )
