import pytest

from rules_compiler.gs1 import association_errors, parse_path

GTIN = "09520000100018"
SSCC = "395200001000000019"


class TestAssociationErrors:
    @pytest.mark.parametrize(
        ("path", "query"),
        [
            (f"/01/{GTIN}/10/A/21/B", "17=270131&250=X"),
            (f"/00/{SSCC}", f"02={GTIN}&37=12"),
            ("/415/9520000100117/8020/INV", ""),
            (f"/01/{GTIN}", "3103=000750&3922=100"),
        ],
    )
    def test_is_empty_when_all_partners_are_there(self, path, query):
        assert association_errors(parse_path(path.encode(), query.encode())) == ()

    @pytest.mark.parametrize(
        ("path", "query", "message"),
        [
            (f"/00/{SSCC}", f"02={GTIN}", "02 needs 37 beside it."),
            (f"/00/{SSCC}", "37=12", "37 needs 02 or 8026 beside it."),
            ("/415/9520000100117", "", "415 needs 8020 beside it."),
            (f"/01/{GTIN}", "3922=100", "3922 needs 30 or 31nn or 32nn or 35nn or 36nn beside it."),
            (f"/01/{GTIN}", "250=X", "250 needs 21 beside it."),
            (f"/01/{GTIN}", "7004=1", "7004 needs 01 and 10 beside it."),
        ],
    )
    def test_names_the_absent_partners(self, path, query, message):
        (error,) = association_errors(parse_path(path.encode(), query.encode()))
        assert (error.code, error.message) == ("missing_partner", message)
