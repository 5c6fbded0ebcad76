"""Codes and dates in words."""

from datetime import date

import pytest

from resolver.pages.wording import country_name, format_date, language_name, media_name, split_gtin


class TestFormatDate:
    def test_writes_the_month_out(self) -> None:
        assert format_date(date(2027, 1, 31)) == "31 January 2027"

    def test_puts_no_zero_before_a_day(self) -> None:
        assert format_date(date(2026, 12, 1)) == "1 December 2026"


class TestCountryName:
    @pytest.mark.parametrize(("code", "name"), [("IT", "Italy"), ("it", "Italy"), ("ZZ", "ZZ"), ("", "")])
    def test_names_what_it_knows(self, code: str, name: str) -> None:
        assert country_name(code) == name


class TestLanguageName:
    @pytest.mark.parametrize(
        ("tag", "name"),
        [
            ("de", "Deutsch"),
            ("de-CH", "Deutsch (CH)"),
            ("DE-ch", "Deutsch (CH)"),
            ("zh-Hant-TW", "中文 (TW)"),
            ("tlh", "tlh"),
            ("tlh-KX", "tlh-KX"),
        ],
    )
    def test_names_a_language_in_itself(self, tag: str, name: str) -> None:
        assert language_name(tag) == name


class TestMediaName:
    @pytest.mark.parametrize(
        ("media_type", "name"),
        [
            (None, ""),
            ("text/html", ""),
            ("text/html; charset=utf-8", ""),
            ("Application/PDF", "PDF"),
            ("video/mp4", "Video"),
            ("application/ld+json", "Data"),
            ("model/gltf", ""),
        ],
    )
    def test_names_what_is_not_a_page(self, media_type: str | None, name: str) -> None:
        assert media_name(media_type) == name


class TestSplitGtin:
    @pytest.mark.parametrize(
        ("gtin", "printed"),
        [
            ("19506000134359", "19506000134359"),
            ("09506000134352", "9506000134352"),
            ("00952123450012", "952123450012"),
            ("00000095212340", "95212340"),
            ("", ""),
        ],
    )
    def test_finds_the_number_on_the_pack(self, gtin: str, printed: str) -> None:
        padding, number = split_gtin(gtin)

        assert number == printed
        assert padding + number == gtin
