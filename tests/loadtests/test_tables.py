from loadtests.tables import render


class TestRender:
    def test_columns_are_as_wide_as_their_widest(self) -> None:
        assert render(
            ("name", "rate"), [("bare", "71,000"), ("a longer one", "9")], right=frozenset({1})
        ) == ("name            rate\n------------  ------\nbare          71,000\na longer one       9")

    def test_no_line_ends_in_blanks(self) -> None:
        assert all(
            line == line.rstrip() for line in render(("a", "b"), [("x", ""), ("xyz", "b")]).splitlines()
        )
