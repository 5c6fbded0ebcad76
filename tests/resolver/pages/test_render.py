"""The pages as people and browsers get them."""

import json
from base64 import b64encode
from datetime import date
from hashlib import sha256

import pytest

from resolver.pages import (
    CONTENT_SECURITY_POLICY,
    STYLE_HASH,
    render_bad_request_page,
    render_choices_page,
    render_item_page,
    render_not_found_page,
)
from rules_compiler.link_types import LINK_TYPES, Status
from tests.resolver.pages.documents import Element, make_link, make_page, read

HOSTILE = "\"'></h1></script><script>alert(1)</script><img src=x onerror=alert(1)>&amp;"
LINKSET = {"linkset": [{"anchor": "</script>"}]}
EVERY_TYPE = [name for name, known in LINK_TYPES.items() if known.status is not Status.RESOLVER_ONLY]

FULL = make_page(
    brand="Meadow",
    description="Oats and water.",
    image_url="https://img.example/oat.png",
    net_content="1 l",
    country_of_origin="SE",
    canonical_path="/01/09506000134352/10/L1/21/S1",
    lot="L1",
    serial="S1",
    expiry=date(2027, 1, 31),
    is_expired=True,
    serial_warning="This serial number may have been copied.",
    links=tuple(map(make_link, EVERY_TYPE)),
)
ALL_PAGES = {
    "item": render_item_page(FULL),
    "bare item": render_item_page(make_page()),
    "choices": render_choices_page(FULL, LINKSET),
    "not found": render_not_found_page("/01/09506000134369", "Nobody has registered this number."),
    "bad request": render_bad_request_page(
        "check_digit", 4, "The last digit should be 2.", "/01/09506000134351"
    ),
}


@pytest.fixture(params=ALL_PAGES)
def body(request: pytest.FixtureRequest) -> bytes:
    return ALL_PAGES[request.param]


def facts_of(document: Element) -> dict[str, str]:
    return {row.one("dt").text: row.one("dd").text for row in document.all("div") if row.all("dt")}


class TestEveryPage:
    def test_is_under_50_kb(self, body: bytes) -> None:
        assert len(body) < 50_000

    def test_says_its_language_and_title(self, body: bytes) -> None:
        document = read(body)

        assert document.one("html").attributes["lang"] == "en"
        assert document.one("title").text

    def test_has_its_landmarks(self, body: bytes) -> None:
        document = read(body)

        assert len(document.all("main")) == 1
        assert len(document.all("footer")) == 1

    def test_has_one_first_heading_and_skips_no_level(self, body: bytes) -> None:
        document = read(body)

        assert len(document.all("h1")) == 1
        assert not any(document.all(f"h{level}") for level in (3, 4, 5, 6))

    def test_names_every_section_by_a_heading_in_it(self, body: bytes) -> None:
        for section in read(body).all("section"):
            assert section.one("h2", id=section.attributes["aria-labelledby"]).text

    def test_uses_no_id_twice(self, body: bytes) -> None:
        ids = [e.attributes["id"] for e in read(body)._descendants() if "id" in e.attributes]

        assert len(ids) == len(set(ids))

    def test_runs_no_script(self, body: bytes) -> None:
        scripts = read(body).all("script")

        assert {script.attributes.get("type") for script in scripts} <= {"application/ld+json"}

    def test_has_no_style_or_handler_in_an_attribute(self, body: bytes) -> None:
        names = {name for element in read(body)._descendants() for name in element.attributes}

        assert "style" not in names
        assert not [name for name in names if name.startswith("on")]

    def test_loads_nothing_but_the_image_of_the_product(self, body: bytes) -> None:
        document = read(body)
        sources = [e.attributes["src"] for e in document._descendants() if "src" in e.attributes]
        icons = [link.attributes["href"] for link in document.all("link", rel="icon")]

        assert set(sources) <= {"https://img.example/oat.png"}
        assert all(icon.startswith("data:") for icon in icons)

    def test_carries_the_style_that_its_policy_admits(self, body: bytes) -> None:
        (style,) = read(body).one("style").children
        digest = b64encode(sha256(str(style).encode()).digest()).decode()

        assert f"sha256-{digest}" == STYLE_HASH
        assert f"style-src '{STYLE_HASH}'" in CONTENT_SECURITY_POLICY


class TestRenderItemPage:
    def test_shows_name_and_brand(self) -> None:
        document = read(render_item_page(make_page(name="Oat drink", brand="Meadow")))

        assert document.one("h1").text == "Oat drink"
        assert document.one("title").text == "Oat drink · Meadow"
        assert "Meadow" in document.one("main").text

    def test_shows_what_the_code_and_the_catalogue_say(self) -> None:
        page = make_page(
            lot="L1", serial="S1", expiry=date(2027, 1, 31), net_content="1 l", country_of_origin="SE"
        )

        assert facts_of(read(render_item_page(page))) == {
            "Expires": "31 January 2027",
            "Batch": "L1",
            "Serial number": "S1",
            "Net content": "1 l",
            "Country of origin": "Sweden",
            "Barcode number": "09506000134352",
        }

    def test_leaves_out_what_is_unknown(self) -> None:
        assert facts_of(read(render_item_page(make_page(gtin="")))) == {}

    def test_gives_the_expiry_to_machines_too(self) -> None:
        document = read(render_item_page(make_page(expiry=date(2027, 1, 31))))

        assert document.one("time").attributes["datetime"] == "2027-01-31"

    def test_says_first_that_an_item_has_expired(self) -> None:
        document = read(render_item_page(make_page(expiry=date(2026, 1, 31), is_expired=True)))

        assert "31 January 2026" in document.one("section", **{"class": "notice"}).text
        assert "Expired" in facts_of(document)

    def test_says_no_such_thing_of_an_item_that_is_still_good(self) -> None:
        document = read(render_item_page(make_page(expiry=date(2027, 1, 31), is_expired=False)))

        assert document.all("section", **{"class": "notice"}) == []

    def test_shows_the_warning_of_a_serial(self) -> None:
        document = read(render_item_page(make_page(serial="S1", serial_warning="It may be a copy.")))

        assert "It may be a copy." in document.one("section", **{"class": "notice"}).text

    @pytest.mark.parametrize("link_type", EVERY_TYPE)
    def test_shows_a_link_of_every_type(self, link_type: str) -> None:
        link = make_link(link_type, title="Here it is")

        anchor = read(render_item_page(make_page(links=(link,)))).one("main").one("a", href=link.href)

        assert "Here it is" in anchor.text

    def test_groups_links_by_kind_with_safety_ahead(self) -> None:
        links = tuple(
            map(make_link, ("gs1:support", "gs1:recipeInfo", "gs1:instructions", "gs1:recallStatus"))
        )

        headings = [h.text for h in read(render_item_page(make_page(links=links))).all("h2")]

        assert headings == ["Safety and recalls", "In short", "Recipes and use", "Help and reviews"]

    def test_says_so_when_there_is_nothing_to_read(self) -> None:
        assert "Nothing more has been added" in read(render_item_page(make_page())).one("main").text

    def test_gives_the_image_its_place_before_it_arrives(self) -> None:
        page = make_page(image_url="https://img.example/oat.png", name="Oat drink")

        image = read(render_item_page(page)).one("img").attributes

        assert image["alt"] == "Oat drink"
        assert image["width"].isdigit()
        assert image["height"].isdigit()

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "javascript:alert(1)",
            "http://img.example/a.png",
            "data:image/png;base64,AA",
            "//img.example/a",
        ],
    )
    def test_draws_a_placeholder_without_an_image_over_https(self, url: str) -> None:
        document = read(render_item_page(make_page(image_url=url)))

        assert document.all("img") == []
        assert document.one("div", **{"class": "plate empty"}).all("svg")

    def test_lets_texts_of_any_script_find_their_direction(self) -> None:
        document = read(render_item_page(make_page(name="أرز بسمتي", language="ar")))

        assert document.one("h1").attributes["dir"] == "auto"
        assert document.one("header").attributes["lang"] == "ar"

    def test_escapes_hostile_texts_everywhere(self) -> None:
        page = make_page(
            name=HOSTILE,
            brand=HOSTILE,
            description=HOSTILE,
            net_content=HOSTILE,
            country_of_origin=HOSTILE,
            lot=HOSTILE,
            serial=HOSTILE,
            serial_warning=HOSTILE,
            language=HOSTILE,
            image_url="https://img.example/" + HOSTILE.replace(" ", ""),
            links=(make_link(title=HOSTILE, languages=(HOSTILE,)), make_link("gs1:x" + HOSTILE, title="")),
        )

        document = read(render_item_page(page))

        assert document.one("h1").text == HOSTILE
        assert len(document.all("script")) == 1
        assert len(document.all("img")) == 1
        assert "onerror" not in document.one("img").attributes

    def test_describes_the_item_to_search_engines(self) -> None:
        page = make_page(name=HOSTILE, brand="Meadow", image_url="javascript:alert(1)")

        product = json.loads(read(render_item_page(page)).one("script").text)

        assert product == {
            "@context": "https://schema.org",
            "@type": "Product",
            "name": HOSTILE,
            "gtin": "09506000134352",
            "brand": {"@type": "Brand", "name": "Meadow"},
        }


class TestRenderChoicesPage:
    def test_offers_every_candidate_with_what_tells_it_apart(self) -> None:
        links = (
            make_link("gs1:instructions", href="https://a.example/en", languages=("en",)),
            make_link("gs1:instructions", href="https://a.example/de", languages=("de",)),
        )

        anchors = read(render_choices_page(make_page(links=links), LINKSET)).one("nav").all("a")

        assert [anchor.attributes["href"] for anchor in anchors] == [link.href for link in links]
        assert "English" in anchors[0].text
        assert "Deutsch" in anchors[1].text

    def test_groups_candidates_of_several_kinds(self) -> None:
        links = (make_link("gs1:recipeInfo"), make_link("gs1:pip"), make_link("gs1:safetyInfo"))

        headings = [h.text for h in read(render_choices_page(make_page(links=links), LINKSET)).all("h2")]

        assert headings == ["Safety and recalls", "About this product", "Recipes and use"]

    def test_offers_our_own_page_of_the_item_too(self) -> None:
        link = make_link(href="https://id.example/p/01/09506000134352")

        assert (
            read(render_choices_page(make_page(links=(link,)), LINKSET)).one("nav").all("a", href=link.href)
        )

    @pytest.mark.parametrize("kinds", [("gs1:pip",), ("gs1:pip", "gs1:faqs")])
    def test_escapes_hostile_texts_everywhere(self, kinds: tuple[str, ...]) -> None:
        links = tuple(
            make_link(kind, href=f"https://a.example/{HOSTILE.replace(' ', '')}", title=HOSTILE)
            for kind in kinds
        )
        page = make_page(name=f"{HOSTILE}\0groups\0", language=HOSTILE, links=links)

        document = read(render_choices_page(page, {"name": HOSTILE}))

        assert document.one("p", **{"class": "brand"}).children == [page.name]
        assert [a.one("span", **{"class": "name"}).text for a in document.one("main").all("a")] == [
            HOSTILE for _ in kinds
        ]
        assert json.loads(document.one("script").text) == {"name": HOSTILE}
        assert document.all("img") == []

    def test_says_so_when_there_is_nothing_to_choose(self) -> None:
        assert "Nothing has been added" in read(render_choices_page(make_page(), LINKSET)).one("main").text


class TestRenderNotFoundPage:
    def test_says_why_shows_the_identifier_and_what_to_do(self) -> None:
        main = read(render_not_found_page("/01/09506000134369", "Nobody has registered it.")).one("main")

        assert "Nobody has registered it." in main.text
        assert "/01/09506000134369" in main.text
        assert len(main.one("ol").all("li")) == 3

    def test_escapes_what_was_asked_for(self) -> None:
        document = read(render_not_found_page(HOSTILE, HOSTILE))

        assert document.all("script") == []
        assert document.all("img") == []


class TestRenderBadRequestPage:
    @pytest.mark.parametrize(
        ("path_text", "position", "marked"),
        [
            ("/01/09506000134351/10/A", 4, "09506000134351"),
            ("/01/09506000134351", 4, "09506000134351"),
            ("/01/09506000134352/10/A?17=270199&3103=1", 24, "17=270199"),
            ("/01/09506000134352?11=a/b", 19, "11=a/b"),
            ("/01//10/A", 4, "/10"),
            ("/01/abc", None, "/01/abc"),
            ("/01/", 4, "/01/"),
        ],
    )
    def test_marks_the_part_at_fault(self, path_text: str, position: int | None, marked: str) -> None:
        document = read(render_bad_request_page("code", position, "It is wrong.", path_text))

        assert document.one("mark").text == marked
        assert document.one("p", **{"class": "address code"}).text == path_text

    def test_explains_before_it_names_the_code(self) -> None:
        text = read(ALL_PAGES["bad request"]).one("body").text

        assert text.index("The last digit should be 2.") < text.index("check_digit")

    def test_escapes_what_was_asked_for(self) -> None:
        document = read(render_bad_request_page(HOSTILE, 3, HOSTILE, HOSTILE))

        assert document.all("script") == []
        assert document.all("img") == []

    def test_survives_bytes_that_are_no_text(self) -> None:
        assert b"/01/?" in render_bad_request_page("bad_escape", None, "It is wrong.", "/01/\udcff")
