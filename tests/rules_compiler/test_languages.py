"""Languages and media types that a rule names."""

import pytest

from rules_compiler.languages import best_language_match, language_problems, media_type_problems
from tests.factories import make_rule


class TestBestLanguageMatch:
    @pytest.mark.parametrize(
        ("requested", "offered", "best"),
        [
            ((), [("en",)], ()),
            (("en",), [], ()),
            (("ja",), [("en",), ("de",)], ()),
            (("en",), [()], ()),
            (("de",), [("en",), ("de",)], (1,)),
            (("ja", "de", "en"), [("en",), ("de",)], (1,)),
            (("en",), [("en",), ("de",), ("fr", "en")], (0, 2)),
        ],
    )
    def test_the_first_requested_tag_that_anything_suits_decides(self, requested, offered, best):
        assert best_language_match(requested, offered) == best

    @pytest.mark.parametrize(
        ("requested", "offered", "best"),
        [
            ("de-at", [("de",), ("de-at",)], (1,)),
            ("de-at", [("en",), ("de",)], (1,)),
            ("zh-hant-tw", [("zh",), ("zh-hant",)], (1,)),
            ("de", [("de-ch",), ("de",)], (1,)),
            ("de", [("de-ch",), ("en",), ("de-at",)], (0, 2)),
            ("de", [("den",)], ()),
            ("de-at", [("de-ch",)], ()),
        ],
    )
    def test_the_exact_tag_beats_a_general_one_and_that_a_special_one(self, requested, offered, best):
        assert best_language_match((requested,), offered) == best

    def test_a_general_form_of_the_first_tag_beats_the_second_tag(self):
        assert best_language_match(("de-at", "en"), [("en",), ("de",)]) == (1,)


class TestLanguageProblems:
    @pytest.mark.parametrize(
        "tag",
        ["de", "pt-BR", "zh-Hant-TW", "es-419", "sl-rozaj-biske", "de-CH-1996", "x-klingon", "en-x-shop"],
    )
    def test_a_well_formed_tag_has_none(self, tag):
        assert language_problems(make_rule(languages=(tag,))) == []

    @pytest.mark.parametrize(
        "tag", ["", "*", "d", "de_DE", "de-", "-de", "german language", "de-DE-DE", "dé", "en\n"]
    )
    def test_a_malformed_tag_is_named(self, tag):
        (problem,) = language_problems(make_rule("r1", languages=("en", tag)))
        assert (problem.code, problem.rule_id, problem.field) == ("bad_language", "r1", "languages")
        assert repr(tag) in problem.message


class TestMediaTypeProblems:
    @pytest.mark.parametrize(
        "media_type", [None, "text/html", "application/ld+json", "image/svg+xml", "Text/HTML"]
    )
    def test_a_media_type_has_none(self, media_type):
        assert media_type_problems(make_rule(media_type=media_type)) == []

    @pytest.mark.parametrize(
        "media_type",
        ["", "html", "text/", "/html", "text/*", "*/*", "text/html; charset=utf-8", "a/b/c", "a/b\n"],
    )
    def test_anything_else_is_refused(self, media_type):
        (problem,) = media_type_problems(make_rule("r1", media_type=media_type))
        assert (problem.code, problem.rule_id, problem.field) == ("bad_media_type", "r1", "media_type")
