"""A list shows its links as they are, whatever brands wrote."""

import pytest

from resolver.pages.links import group_by_kind, shown_links
from resolver.pages.rows import write_groups, write_rows
from tests.resolver.pages.documents import make_link, make_page, read

TEXTS = ["100% oats", "%(href)s", "%s%%", "\0href\0", "{{ href }}", "\"'><script>", "&quot;"]


class TestWriteRows:
    @pytest.mark.parametrize("text", TEXTS)
    def test_shows_every_text_as_it_is(self, text: str) -> None:
        href = f"https://meadow.example/{text.replace(' ', '').replace(chr(0), '')}"
        page = make_page(links=(make_link(title=text, href=href, languages=(text,)),))

        anchor = read(write_rows(shown_links(page), "row").encode()).one("a")

        assert anchor.attributes == {"class": "row", "href": href, "hreflang": text}
        assert anchor.one("span", **{"class": "name"}).children == [text]
        assert [note.children for note in anchor.all("bdi")] == [[text], ["meadow.example"]]

    def test_writes_nothing_for_no_links(self) -> None:
        assert write_rows([], "row") == ""


class TestWriteGroups:
    def test_puts_each_group_under_its_heading(self) -> None:
        page = make_page(links=(make_link("gs1:recipeInfo"), make_link("gs1:safetyInfo")))

        document = read(write_groups(group_by_kind(shown_links(page))).encode())

        assert [(section.one("h2").text, len(section.all("a"))) for section in document.all("section")] == [
            ("Safety and recalls", 1),
            ("Recipes and use", 1),
        ]
