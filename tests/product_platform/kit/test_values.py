from decimal import Decimal

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from product_platform.kit.values import Country, Currency, Money


class Offer(BaseModel):
    price: Money
    currency: Currency = "CAD"


class TestMoney:
    @pytest.mark.parametrize("text", ["12.50", "0", "-3.1", "0.000001", "999999999999999999.999999"])
    def test_goes_out_as_the_text_that_came_in(self, text):
        offer = Offer(price=text)
        assert offer.price == Decimal(text)
        assert offer.model_dump(mode="json")["price"] == text

    def test_never_goes_out_with_an_exponent(self):
        assert Offer(price=Decimal("1E-6")).model_dump(mode="json")["price"] == "0.000001"

    @pytest.mark.parametrize(
        "value", [12.5, 12, True, "", "12,50", "NaN", "Infinity", "1e3", "1" * 19, "0.0000001", None, []]
    )
    def test_a_number_or_anything_else_is_invalid(self, value):
        with pytest.raises(ValidationError):
            Offer(price=value)


class TestCodes:
    @pytest.mark.parametrize(
        ("kind", "sent", "stored"),
        [(Country, "ca", "CA"), (Currency, "eur", "EUR"), (Currency, "JPY", "JPY")],
    )
    def test_are_stored_in_capitals(self, kind, sent, stored):
        assert TypeAdapter(kind).validate_python(sent) == stored

    @pytest.mark.parametrize(
        ("kind", "code"),
        [(Country, "XX"), (Country, "CAN"), (Currency, "XXX"), (Currency, "E"), (Currency, "")],
    )
    def test_one_that_is_not_assigned_is_invalid(self, kind, code):
        with pytest.raises(ValidationError, match="ISO"):
            TypeAdapter(kind).validate_python(code)
