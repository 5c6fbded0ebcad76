"""What a client asks for in its headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.negotiate import (
    MAX_HEADER_BYTES,
    Representation,
    choose_representation,
    parse_accept,
    parse_accept_language,
    wants_page,
)

CHROME = (
    b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    b"application/signed-exchange;v=b3;q=0.7"
)


class TestParseAccept:
    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            (b"text/html", (("text/html", 1.0),)),
            (b"*/*", (("*/*", 1.0),)),
            (b"Application/JSON;Q=0.5 , text/*", (("text/*", 1.0), ("application/json", 0.5))),
            (b"text/html; level=1; q=0.4", (("text/html", 0.4),)),
            (b"a/b;q=0.1,c/d;q=.9,e/f;q=1.", (("e/f", 1.0), ("c/d", 0.9), ("a/b", 0.1))),
        ],
    )
    def test_ranges_come_best_first_in_lower_case(self, header, expected):
        assert parse_accept(header) == expected

    def test_equal_ranges_keep_their_order(self):
        assert parse_accept(b"b/b,a/a,c/c;q=1.0") == (("b/b", 1.0), ("a/a", 1.0), ("c/c", 1.0))

    def test_a_refused_range_is_kept(self):
        assert parse_accept(b"*/*, text/html;q=0") == (("*/*", 1.0), ("text/html", 0.0))

    @pytest.mark.parametrize(
        "header", [b"", b"undefined", b",,;q=1", b"*", b"text", b"*/html", b"a/b/c", b"\xff\x00"]
    )
    def test_nonsense_is_left_out(self, header):
        assert parse_accept(header) == ()

    @pytest.mark.parametrize("space", [b" ", b"\t", b"\x1d", b"\x1f", b"\x85", b"\xa0"])
    def test_a_quality_may_stand_between_spaces_of_any_kind(self, space):
        header = b"text/html;%bq%b=%b0.5%b" % (space, space, space, space)
        assert parse_accept(header) == (("text/html", 0.5),)

    @pytest.mark.parametrize("quality", [b"q=", b"q=x", b"q=-1", b"q=nan", b"q=inf", b"q=7", b"q", b"=0.5"])
    def test_a_quality_that_is_none_counts_as_1(self, quality):
        assert parse_accept(b"text/html;" + quality) == (("text/html", 1.0),)

    @given(header=st.binary(max_size=2 * MAX_HEADER_BYTES))
    def test_it_never_raises(self, header):
        assert all(0 <= quality <= 1 for _, quality in parse_accept(header))

    def test_the_tail_of_an_endless_header_is_not_read(self):
        ranges = parse_accept(b",".join(b"text/x%d" % number for number in range(10_000)))
        assert len(ranges) < MAX_HEADER_BYTES / len("text/x0")
        assert ranges[0] == ("text/x0", 1.0)


class TestParseAcceptLanguage:
    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            (b"", ()),
            (b"de", ("de",)),
            (b"de-AT,de;q=0.9,en;q=0.8", ("de-at", "de", "en")),
            (b"en;q=0.1, fr-CA ; q=0.5", ("fr-ca", "en")),
            (b"en,*;q=0.5", ("en",)),
            (b"de;q=0,en", ("en",)),
            (b"de;q=0.000", ()),
            (b"en,de,en;q=0.2", ("en", "de")),
            (b"en_US, undefined-, \xe9, 12, de", ("de",)),
        ],
    )
    def test_tags_come_best_first_without_wildcard_and_refusals(self, header, expected):
        assert parse_accept_language(header) == expected

    @given(header=st.binary(max_size=2 * MAX_HEADER_BYTES))
    def test_it_never_raises(self, header):
        assert "*" not in parse_accept_language(header)


class TestChooseRepresentation:
    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            (b"", Representation.REDIRECT),
            (b"undefined", Representation.REDIRECT),
            (b"*/*", Representation.REDIRECT),
            (b"text/html", Representation.REDIRECT),
            (b"text/*", Representation.REDIRECT),
            (b"application/xhtml+xml", Representation.REDIRECT),
            (CHROME, Representation.REDIRECT),
            (b"application/linkset+json", Representation.LINKSET),
            (b"application/ld+json", Representation.JSON_LD),
            (b"application/json", Representation.JSON),
            (b"application/json, text/plain, */*", Representation.JSON),
            (b"application/json;q=0.9, application/linkset+json;q=0.8", Representation.JSON),
            (b"text/html;q=0.5, application/json;q=0.6", Representation.JSON),
        ],
    )
    def test_the_best_quality_wins(self, header, expected):
        assert choose_representation(parse_accept(header)) is expected

    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            (b"*/*, application/json", Representation.JSON),
            (b"text/*, application/json", Representation.JSON),
            (b"application/json, text/html", Representation.REDIRECT),
            (b"application/json, application/linkset+json", Representation.LINKSET),
            (b"application/json, application/ld+json", Representation.JSON_LD),
            (b"application/json, application/xhtml+xml", Representation.REDIRECT),
            (b"application/*", Representation.LINKSET),
        ],
    )
    def test_of_equals_the_more_precise_wins_then_page_linkset_json(self, header, expected):
        assert choose_representation(parse_accept(header)) is expected

    @pytest.mark.parametrize(
        "header", [b"image/png", b"application/pdf", b"*/*;q=0", b"application/json;q=0"]
    )
    def test_who_allows_none_of_them_is_redirected(self, header):
        assert choose_representation(parse_accept(header)) is Representation.REDIRECT

    def test_a_refusal_takes_away_what_a_wildcard_gives(self):
        assert choose_representation(parse_accept(b"*/*, text/html;q=0")) is Representation.LINKSET

    def test_a_page_in_either_dialect_is_a_page(self):
        header = b"application/xhtml+xml;q=0.1, text/html;q=0.9, application/json;q=0.5"
        assert choose_representation(parse_accept(header)) is Representation.REDIRECT


class TestWantsPage:
    @pytest.mark.parametrize(
        "header", [CHROME, b"text/html", b"application/xhtml+xml", b"image/png, text/html;q=0.1"]
    )
    def test_who_names_html_does(self, header):
        assert wants_page(parse_accept(header))

    @pytest.mark.parametrize(
        "header", [b"", b"*/*", b"image/png", b"text/html;q=0", b"application/json, text/html;q=0.9"]
    )
    def test_who_does_not_name_it_or_likes_data_better_does_not(self, header):
        assert not wants_page(parse_accept(header))
