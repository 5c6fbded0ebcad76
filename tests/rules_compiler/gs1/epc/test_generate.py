from rules_compiler.gs1.epc import tables
from rules_compiler.gs1.epc.generate import tables_module

PARTITIONED = {
    "name": "SGTIN-96",
    "tagLength": 96,
    "level": [
        {
            "type": "BINARY",
            "prefixMatch": "00110000",
            "option": [
                {
                    "optionKey": str(length),
                    "field": [
                        {"seq": 1, "name": "filter", "bitLength": 3, "length": 1},
                        {"seq": 2, "name": "gs1companyprefix", "bitLength": prefix, "length": length},
                        {"seq": 3, "name": "itemref", "bitLength": 44 - prefix, "length": 13 - length},
                        {"seq": 4, "name": "serial", "bitLength": 38, "decimalMaximum": "274877906943"},
                    ],
                }
                for length, prefix in ((6, 20), (12, 40))
            ],
        },
        {
            "type": "GS1_DIGITAL_LINK",
            "option": [
                {
                    "grammar": "uriStem '/01/' indicatordigit gs1companyprefix itemrefremainder checkdigit "
                    "'/21/' serial"
                }
            ],
        },
    ],
}
PLUS = {
    "name": "DSGTIN+",
    "level": [
        {
            "type": "BINARY",
            "prefixMatch": "11111011",
            "option": [{"encodedAI": [{"ai": "01"}, {"ai": "21"}]}],
        },
        {
            "type": "GS1_AI_JSON",
            "option": [
                {"optionKey": "1", "aiSequence": ["01", "21", "13"]},
                {"optionKey": "0", "aiSequence": ["01", "21", "11"]},
            ],
        },
        {"type": "GS1_DIGITAL_LINK", "option": [{"grammar": "uriStem '/01/' gtin"}]},
    ],
}
FOREIGN = {"name": "GID-96", "level": [{"type": "BINARY", "prefixMatch": "00110101"}]}
TABLE_F = {
    "rows": [
        {"a": "02", "b": "Fixed-length numeric", "d": "14", "e": "56"},
        {"a": "01", "b": "Fixed-length numeric", "d": "14", "e": "56"},
        {"a": "10", "b": "Variable-length alphanumeric", "f": "3", "g": "5", "h": "20"},
        {
            "a": "255",
            "b": "Fixed-length numeric",
            "d": "13",
            "e": "52",
            "i": "Variable-length numeric string without encoding indicator",
            "n": "4",
            "o": "12",
        },
        {"a": "7007", "b": "Variable-format date / date range"},
    ]
}


class TestTablesModule:
    def test_is_python_that_holds_the_rows(self):
        namespace = {}
        exec(tables_module([PARTITIONED, PLUS, FOREIGN], TABLE_F, "2.2"), namespace)
        assert "GS1 TDT 2.2 artefacts" in namespace["__doc__"]
        assert namespace["FAMILIES"] == (("sgtin", "01/icrk 21/s", "13"),)
        assert namespace["PARTITIONED"] == (
            ("SGTIN-96", "sgtin", "30", "96", "digits", "40/4/1 20/24/7", "s/38/12/integer"),
        )
        assert namespace["PLUS"] == (("DSGTIN+", "fb", "01 21", "11 13"),)
        assert namespace["FOREIGN"] == (("GID-96", "35"),)
        assert namespace["FORMATS"] == (
            ("01-02", "digits/14/56"),
            ("10", "text/20/5"),
            ("255", "digits/13/52 number/12/4"),
            ("7007", "date_range/0/0"),
        )

    def test_agrees_with_the_shipped_rows(self):
        assert ("sgtin", "01/icrk 21/s", "13") in tables.FAMILIES
        assert ("DSGTIN+", "fb", "01 21", "11 13 15 16 17 7006 7007") in tables.PLUS
