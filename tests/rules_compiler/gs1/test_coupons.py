import pytest

from rules_compiler.gs1.coupons import find_coupon_fault, find_offer_fault

# Prefix 952000, offer 123456, saves 1, one purchase of family 123.
COUPON = "095200012345611110123"


class TestFindCouponFault:
    @pytest.mark.parametrize(
        "optional",
        [
            "",
            "101204569",
            "10120456095200021307899",
            "32701314260131",
            "50123456",
            "619520000",
            "90010",
            "327013142601315012345661952000096210",
        ],
    )
    def test_accepts_optional_fields_in_order(self, optional):
        assert find_coupon_fault(COUPON + optional) is None

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "7" + COUPON[1:],
            COUPON[:-1],
            COUPON + "0",
            COUPON + "3271331",
            COUPON + "4270132",
            COUPON + "42601313270131",
            COUPON + "32601314270131",
            COUPON + "93010",
            "A" + COUPON[1:],
        ],
    )
    def test_refuses(self, text):
        assert find_coupon_fault(text)


class TestFindOfferFault:
    @pytest.mark.parametrize("text", ["009520001234560123456", "169520001234561234569123456789012345"])
    def test_accepts(self, text):
        assert find_offer_fault(text) is None

    @pytest.mark.parametrize("text", ["", "209520001234560123456", "0095200012345601234567", "07952000"])
    def test_refuses(self, text):
        assert find_offer_fault(text)
