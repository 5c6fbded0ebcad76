import subprocess
import sys
from dataclasses import replace

import pytest

from rules_compiler.gs1 import EDGE, STRICT, DigitalLinkError, parse_path, parse_uri, to_report
from rules_compiler.gs1.compressed import expand

EPC = "eh3036450e0009c4400000002a"
PATH = "01/09520000100018/21/42"


class TestExpand:
    @pytest.mark.parametrize("segment", [EPC, "exMDZFDgAJxEAAAAAq"])
    def test_reads_the_last_segment(self, segment):
        assert expand(f"/{segment}".encode()).slice_key == PATH

    def test_keeps_the_stem_where_one_may_stand(self):
        raw_path = f"/shop/de/{EPC}".encode()
        assert expand(raw_path).stem == "/shop/de"
        assert expand(raw_path, EDGE) is None

    def test_takes_a_slash_at_the_end_where_one_may_stand(self):
        raw_path = f"/{EPC}/".encode()
        assert expand(raw_path) is None
        assert expand(raw_path, EDGE).slice_key == PATH

    @pytest.mark.parametrize(
        "raw_path",
        [
            b"",
            b"/",
            b"/eh",
            b"/ehg",
            b"/eh30A",
            b"/ex+",
            b"/ex=",
            b"eh30",
            b"/foo",
            f"/{EPC}/x".encode(),
            b"/eh\xff",
        ],
    )
    def test_leaves_other_paths_alone(self, raw_path):
        assert expand(raw_path) is None

    def test_refuses_with_the_place_of_the_segment(self):
        with pytest.raises(DigitalLinkError) as caught:
            expand(b"/shop/eh30")
        assert (caught.value.code, caught.value.position) == ("bad_epc", 6)


class TestParsing:
    def test_expands_a_path_without_a_key(self):
        assert parse_path(f"/{EPC}".encode()).slice_key == PATH

    def test_applies_the_query_to_what_is_expanded(self):
        link = parse_uri(f"https://h/{EPC}?17=270131&utm=qr")
        assert link.canonical_uri == f"https://id.gs1.org/{PATH}?17=270131"
        assert link.extensions == (("utm", "qr"),)

    def test_refuses_in_the_query_what_the_epc_says(self):
        with pytest.raises(DigitalLinkError) as caught:
            parse_uri(f"https://h/{EPC}?01=09520000100018")
        assert caught.value.code == "duplicate_ai"

    def test_leaves_a_value_behind_a_key_alone(self):
        assert parse_path(b"/01/09520000100018/21/eh30").get("21") == "eh30"

    def test_refuses_with_the_place_in_the_uri(self):
        report = to_report("https://h/eh30", short_gtin=False)
        assert (report["error"]["code"], report["error"]["position"]) == ("bad_epc", 10)

    def test_reports_what_is_expanded(self):
        report = to_report(f"https://h/{EPC}", short_gtin=False)
        assert report["elements"] == [["01", "09520000100018"], ["21", "42"]]
        assert report["canonical"] == f"https://id.gs1.org/{PATH}"

    @pytest.mark.parametrize("options", [STRICT, EDGE, replace(EDGE, any_order=True)])
    def test_refuses_an_undecodable_epc_in_every_mode(self, options):
        with pytest.raises(DigitalLinkError) as caught:
            parse_path(b"/eh30", b"", options)
        assert caught.value.code == "bad_epc"

    def test_loads_the_tables_of_epcs_only_when_one_comes(self):
        program = (
            "import sys; from rules_compiler.gs1 import parse_path; parse_path(b'/01/09520000100018');"
            "print('rules_compiler.gs1.epc' in sys.modules)"
        )
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert run.stdout == "False\n"
