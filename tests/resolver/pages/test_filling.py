"""Templates that are rendered once say the same as those that are rendered each time."""

import pytest
from markupsafe import Markup

from resolver.pages.filling import fill, split
from tests.resolver.pages.documents import read

HOSTILE = ["\0path_text\0", "\0", "\0\0reason", "{{ reason }}", "{% raw %}", "%s", "%(reason)s", "reason"]


class TestFill:
    def test_puts_each_text_in_its_place(self) -> None:
        main = read(fill("not_found.html", path_text="/01/1", reason="Nobody knows it.")).one("main")

        assert main.one("p", **{"class": "lede"}).text == "Nobody knows it."
        assert main.one("p", **{"class": "address code"}).text == "/01/1"

    @pytest.mark.parametrize("text", HOSTILE)
    def test_finds_no_place_in_a_text(self, text: str) -> None:
        (shown,) = read(fill("not_found.html", path_text=text, reason="")).one("p", dir="ltr").children

        assert shown == text

    def test_escapes_what_is_no_markup(self) -> None:
        body = fill("not_found.html", path_text="<b>\"'&", reason=Markup("<i>so</i>"))

        assert b"&lt;b&gt;&quot;&#x27;&amp;" in body
        assert b"<i>so</i>" in body

    def test_replaces_what_is_no_text(self) -> None:
        assert b"/01/?" in fill("not_found.html", path_text="/01/\udcff", reason="")

    def test_says_of_an_empty_text_what_the_template_says_then(self) -> None:
        texts = {"name": "Oats", "language": "en", "linkset_url": "/", "json_ld": "{}", "groups": ""}

        assert b"Nothing has been added" in fill("choices.html", boards="", **texts)
        assert b"Nothing has been added" not in fill("choices.html", boards="x", **texts)


class TestSplit:
    def test_names_stand_between_what_surrounds_their_texts(self) -> None:
        parts = split("link.html", "look", "href", "hreflang", "title", "notes")

        assert parts[1::2] == ["look", "href", "hreflang", "title", "notes"]
        assert parts[0] == '<li><a class="'
