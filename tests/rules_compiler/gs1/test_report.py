from rules_compiler.gs1 import to_report


class TestToReport:
    def test_of_a_valid_uri(self):
        uri = "https://h/01/09520000100018/10/LOT7?17=270131"
        assert to_report(uri, short_gtin=False) == {
            "uri": uri,
            "valid": True,
            "elements": [["01", "09520000100018"], ["10", "LOT7"], ["17", "270131"]],
            "canonical": "https://id.gs1.org/01/09520000100018/10/LOT7?17=270131",
            "error": None,
        }

    def test_of_a_refused_uri(self):
        uri = "https://h/01/09520000100019"
        assert to_report(uri, short_gtin=False) == {
            "uri": uri,
            "valid": False,
            "elements": [],
            "canonical": None,
            "error": {
                "code": "check_digit",
                "position": 13,
                "message": "01 (GTIN): '09520000100019' ends in 9, but its check digit is 8: "
                "compare it with the barcode.",
            },
        }

    def test_takes_short_gtins_when_asked(self):
        uri = "https://h/01/9520000100018"
        assert not to_report(uri, short_gtin=False)["valid"]
        assert to_report(uri, short_gtin=True)["elements"] == [["01", "09520000100018"]]
