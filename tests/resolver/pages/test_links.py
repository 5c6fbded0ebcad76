"""Which links a page shows, and in what words."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.pages.links import group_by_kind, is_hosted_page, shown_links, web_host
from tests.resolver.pages.documents import make_link, make_page

HOSTED = "https://id.example/p/01/09506000134352"

_PIECES = ["http", "https", "HTTPS", "javascript", "://", ":", "//", "/", "\\", "?", "#", "@", "%", ":8080"]
_HOSTS = ["meadow.example", "Meadow.example", "www.", "-", "..", "[::1]", "[", "]", "bücher.example", "℀"]
_OTHERS = [" ", "\n", "\t", "\r", "\0", "\x7f", "\x85", "\xa0", "\u2028", "<", '"', "'", "~", "!", "a=b"]
_URLS = st.one_of(
    st.lists(st.sampled_from([*_PIECES, *_HOSTS, *_OTHERS]), max_size=7).map("".join),
    st.tuples(st.sampled_from(["https://", "http://"]), st.text(max_size=12)).map("".join),
)


def host_as_parsed(url: str) -> str | None:
    """Return what `web_host` promises, found by the parser alone."""
    if not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in {"http", "https"} else None


class TestWebHost:
    @pytest.mark.parametrize(
        ("url", "host"),
        [
            ("https://meadow.example/oat?a=b#c", "meadow.example"),
            ("http://meadow.example:8080", "meadow.example"),
            ("HTTPS://MEADOW.example", "meadow.example"),
        ],
    )
    def test_finds_the_host_of_a_web_address(self, url: str, host: str) -> None:
        assert web_host(url) == host

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\tscript:alert(1)",
            " https://meadow.example",
            "https://meadow.example/a\nb",
            "data:text/html,<b>",
            "ftp://meadow.example",
            "//meadow.example",
            "/relative",
            "https://",
            "https://[broken",
        ],
    )
    def test_finds_none_in_anything_else(self, url: str) -> None:
        assert web_host(url) is None

    @given(_URLS)
    def test_finds_in_plain_addresses_what_the_parser_finds(self, url: str) -> None:
        assert web_host(url) == host_as_parsed(url)


class TestShownLinks:
    def test_drops_what_is_no_web_address(self) -> None:
        assert shown_links(make_page(links=(make_link(href="javascript:alert(1)"),))) == []

    @pytest.mark.parametrize("link_type", ["gs1:defaultLink", "gs1:defaultLinkMulti", "gs1:handledBy"])
    def test_drops_what_only_a_resolver_reads(self, link_type: str) -> None:
        assert shown_links(make_page(links=(make_link(link_type),))) == []

    def test_shows_a_target_once(self) -> None:
        link = make_link()

        assert len(shown_links(make_page(links=(link, link)))) == 1

    def test_shows_a_target_in_each_of_its_kinds(self) -> None:
        links = (
            make_link("gs1:pip", href="https://a.example"),
            make_link("gs1:recallStatus", href="https://a.example"),
        )

        assert len(shown_links(make_page(links=links))) == 2

    @pytest.mark.parametrize("title", ["", " ", "Oat drink"])
    def test_names_a_link_by_its_type_when_its_title_says_nothing(self, title: str) -> None:
        page = make_page(name="Oat drink", links=(make_link("gs1:recipeInfo", title=title),))

        assert [link.title for link in shown_links(page)] == ["Recipes"]

    def test_says_where_a_link_leads_and_what_is_there(self) -> None:
        link = make_link(
            href="https://www.meadow.example/x", languages=("de-CH", "fr"), media_type="application/pdf"
        )

        (shown,) = shown_links(make_page(links=(link,)))

        assert shown.host == "meadow.example"
        assert shown.notes == ("Deutsch (CH)", "Français", "PDF")

    def test_tells_the_language_of_the_target_when_there_is_one(self) -> None:
        links = (make_link(languages=("de",)), make_link("gs1:faqs", languages=("de", "fr")))

        assert [link.hreflang for link in shown_links(make_page(links=links))] == ["de", None]


class TestIsHostedPage:
    def test_knows_the_page_itself(self) -> None:
        assert is_hosted_page(HOSTED, make_page())

    def test_knows_the_page_of_the_wider_item(self) -> None:
        assert is_hosted_page(HOSTED, make_page(canonical_path="/01/09506000134352/10/L1"))

    def test_does_not_take_another_item_for_this(self) -> None:
        assert not is_hosted_page("https://id.example/p/01/09520000100018", make_page())

    def test_does_not_take_another_site_for_ours(self) -> None:
        assert not is_hosted_page("https://meadow.example/p/01/09506000134352", make_page())


class TestGroupByKind:
    def test_keeps_the_order_of_links_within_a_kind(self) -> None:
        links = shown_links(make_page(links=(make_link("gs1:tutorial"), make_link("gs1:recipeInfo"))))

        assert [[link.link_type for link in group] for group in group_by_kind(links).values()] == [
            ["gs1:tutorial", "gs1:recipeInfo"]
        ]
