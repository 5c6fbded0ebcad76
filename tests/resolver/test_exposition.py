from prometheus_client.parser import text_string_to_metric_families

from resolver.exposition import Family, render, to_series

SCANS = Family("scans_total", "counter", "Scans by outcome.")
SECONDS = Family("answer_seconds", "histogram", "How long answers take.")
NUMBER = Family("table_number", "gauge", "The newest change set.")


class TestRender:
    def test_a_family_is_explained_once(self) -> None:
        numbers = {to_series("scans_total", "outcome", outcome): 3 for outcome in ("redirect", "hosted")}
        assert render([SCANS], numbers).decode() == (
            "# HELP scans_total Scans by outcome.\n"
            "# TYPE scans_total counter\n"
            'scans_total{outcome="redirect"} 3\n'
            'scans_total{outcome="hosted"} 3\n'
        )

    def test_families_stand_in_their_order_and_one_without_numbers_not_at_all(self) -> None:
        text = render([NUMBER, SECONDS, SCANS], {"scans_total": 1, "table_number": 2}).decode()
        samples = [line for line in text.splitlines() if not line.startswith("#")]
        assert samples == ["table_number 2", "scans_total 1"]
        assert "answer_seconds" not in text

    def test_what_no_family_knows_is_left_out(self) -> None:
        assert render([SCANS], {"of_an_older_release_total": 1}) == b""

    def test_a_histogram_is_one_family(self) -> None:
        numbers = {
            **{to_series("answer_seconds_bucket", "le", bound): 1 for bound in ("5e-06", "+Inf")},
            "answer_seconds_sum": 4e-06,
            "answer_seconds_count": 1,
        }
        (family,) = text_string_to_metric_families(render([SECONDS], numbers).decode())
        assert (family.name, family.type) == ("answer_seconds", "histogram")
        assert [(sample.name, sample.value) for sample in family.samples] == [
            ("answer_seconds_bucket", 1),
            ("answer_seconds_bucket", 1),
            ("answer_seconds_sum", 4e-06),
            ("answer_seconds_count", 1),
        ]
