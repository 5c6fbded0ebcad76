import pytest

from product_platform.products.models import assess, is_restricted
from product_platform.products.models.domains import lies_within
from product_platform.products.schemas.fields import DataSource


class TestAssess:
    def test_the_word_of_an_owner_is_certain(self) -> None:
        values = {"product_name": "Oat drink", "description": "", "length": None, "net_content": "1L"}
        assert assess(values, DataSource.CLAIMED) == {
            "data_source": DataSource.CLAIMED,
            "field_confidence": {"product_name": 1.0, "net_content": 1.0},
            "field_sources": {"product_name": "claimed", "net_content": "claimed"},
            "confidence_score": 1.0,
        }

    def test_a_brand_counts_by_its_name(self) -> None:
        columns = assess({"brand_id": "any"}, DataSource.CROWD_SOURCED)
        assert columns["field_confidence"] == {"brand": 0.4}
        assert columns["confidence_score"] == 0.4

    def test_nothing_known_scores_nothing(self) -> None:
        assert assess({}, DataSource.CLAIMED)["confidence_score"] == 0


class TestIsRestricted:
    @pytest.mark.parametrize(
        "gtin",
        [
            "02000000000008",
            "02999999999998",
            "00212345678992",
            "00412345678990",
            "10400000000009",
            "00000000123457",
            "00000021234567",
        ],
    )
    def test_numbers_of_one_shop(self, gtin: str) -> None:
        assert is_restricted(gtin)

    @pytest.mark.parametrize("gtin", ["09520000100018", "00036000291452", "00000095212340", "03000000000007"])
    def test_numbers_of_one_owner(self, gtin: str) -> None:
        assert not is_restricted(gtin)


class TestLiesWithin:
    @pytest.mark.parametrize(
        "website",
        [
            "https://oats.example",
            "https://OATS.example.:8443/a",
            "http://shop.oats.example/?a=b",
            "https://a.b.oats.example#c",
            "https://bücher.example/",
        ],
    )
    def test_at_the_domain_or_below_it(self, website: str) -> None:
        assert lies_within(website, {"oats.example", "xn--bcher-kva.example"})

    @pytest.mark.parametrize(
        "website",
        [
            "",
            "https://example",
            "https://notoats.example",
            "https://oats.example.org",
            "https://other.example/oats.example",
            "https://oats.example@other.example/",
            "https://[oats.example]/",
            "https://192.0.2.7/",
        ],
    )
    def test_elsewhere(self, website: str) -> None:
        assert not lies_within(website, {"oats.example"})

    def test_above_a_domain(self) -> None:
        assert not lies_within("https://oats.example", {"www.oats.example"})
