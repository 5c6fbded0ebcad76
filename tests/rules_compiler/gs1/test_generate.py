import pytest

from rules_compiler.gs1.application_identifiers import ROWS
from rules_compiler.gs1.generate import code_lists_module, format_row, identifier_rows, identifiers_module

DICTIONARY = """\
# Release: 2026-01-27

01         *?  N14,csum,gcppos2        ex=255,37 dlpkey=22,10,21|235   # GTIN
00         *?  N18,csum,gcppos2        dlpkey                          # SSCC
250         ?  X..30                   req=01,8006 req=21              # SECONDARY SERIAL
3100-3105  *?  N6                      req=01,02 ex=310n               # NET WEIGHT (kg)
7030        ?  N3,iso3166999 X..27     req=01,02                       # PROCESSOR # 0
8200           X..70
"""


class TestIdentifierRows:
    def test_reads_every_kind_of_entry(self):
        assert list(identifier_rows(DICTIONARY)) == [
            ("01", "*?", "N14,csum,gcppos2", "", "255,37", "22,10,21|235", "GTIN"),
            ("00", "*?", "N18,csum,gcppos2", "", "", "", "SSCC"),
            ("250", "?", "X..30", "01,8006 21", "", None, "SECONDARY SERIAL"),
            ("3100-3105", "*?", "N6", "01,02", "310n", None, "NET WEIGHT (kg)"),
            ("7030", "?", "N3,iso3166999 X..27", "01,02", "", None, "PROCESSOR # 0"),
            ("8200", "", "X..70", "", "", None, ""),
        ]


class TestIdentifiersModule:
    def test_is_python_that_holds_the_rows(self):
        namespace = {}
        exec(identifiers_module(DICTIONARY), namespace)
        assert namespace["ROWS"] == tuple(identifier_rows(DICTIONARY))
        assert "2026-01-27" in namespace["__doc__"]

    def test_gives_the_same_rows_again(self):
        assert [namespace_row(format_row(row)) for row in ROWS] == list(ROWS)

    def test_refuses_a_dictionary_without_a_release(self):
        with pytest.raises(ValueError, match="names no release"):
            identifiers_module("01 *? N14")


class TestCodeListsModule:
    def test_is_python_that_holds_the_lists(self):
        sources = ("iso3166_numeric", "iso3166_alpha2", "iso4217_numeric", "aidc_media_type", "package_type")
        lists = {source: [f"{source}{number}" for number in range(30)] for source in sources}
        namespace = {}
        exec(code_lists_module(DICTIONARY, lists), namespace)
        assert namespace["CURRENCIES"] == set(lists["iso4217_numeric"])


def namespace_row(source):
    (row,) = eval(f"({source.strip()})")
    return row
