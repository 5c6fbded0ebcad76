from loadtests.tables import render, to_markdown


class TestRender:
    def test_columns_are_as_wide_as_their_widest(self) -> None:
        assert render(
            ("name", "rate"), [("bare", "71,000"), ("a longer one", "9")], right=frozenset({1})
        ) == ("name            rate\n------------  ------\nbare          71,000\na longer one       9")

    def test_no_line_ends_in_blanks(self) -> None:
        assert all(
            line == line.rstrip() for line in render(("a", "b"), [("x", ""), ("xyz", "b")]).splitlines()
        )


class TestToMarkdown:
    def test_it_is_a_table_of_a_page(self) -> None:
        assert to_markdown(("", "what"), [("N1", "rate")]) == "|  | what |\n| --- | --- |\n| N1 | rate |\n"
