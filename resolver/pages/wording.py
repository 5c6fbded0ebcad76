"""Codes and dates in words for people."""

from datetime import date
from functools import lru_cache
from importlib.resources import files

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

# Each language under its own name, so that those who read it find it.
_LANGUAGES = {
    "ar": "العربية",
    "bg": "Български",
    "bn": "বাংলা",
    "ca": "Català",
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "et": "Eesti",
    "fa": "فارسی",
    "fi": "Suomi",
    "fr": "Français",
    "ga": "Gaeilge",
    "he": "עברית",
    "hi": "हिन्दी",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "id": "Bahasa Indonesia",
    "is": "Íslenska",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "lt": "Lietuvių",
    "lv": "Latviešu",
    "ms": "Bahasa Melayu",
    "mt": "Malti",
    "nb": "Norsk bokmål",
    "nl": "Nederlands",
    "nn": "Norsk nynorsk",
    "no": "Norsk",
    "pl": "Polski",
    "pt": "Português",
    "ro": "Română",
    "ru": "Русский",
    "sk": "Slovenčina",
    "sl": "Slovenščina",
    "sr": "Српски",
    "sv": "Svenska",
    "th": "ไทย",
    "tr": "Türkçe",
    "uk": "Українська",
    "ur": "اردو",
    "vi": "Tiếng Việt",
    "zh": "中文",
}

_REGION_LENGTH = 2
# Tags and media types are few, and those of a page are on most of its links.
_KNOWN_WORDS = 256

_DOCUMENTS = {"text/html": "", "application/xhtml+xml": "", "application/pdf": "PDF"}
_MEDIA = {"image": "Picture", "video": "Video", "audio": "Audio", "text": "Text", "application": "Data"}

# GTINs are stored in 14 digits; a pack prints them without the zeros that fill up shorter forms.
_PADDINGS = ("000000", "00", "0")


def _read_countries() -> dict[str, str]:
    """Return country names by ISO 3166 code, as the time-zone database lists them."""
    table = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    rows = (line.partition("\t") for line in table.splitlines() if not line.startswith("#"))
    return {code: name for code, _, name in rows}


_COUNTRIES = _read_countries()


def format_date(day: date) -> str:
    """Return *day* as people write it: 31 January 2027."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def country_name(code: str) -> str:
    """Return the English name of an ISO 3166 country, or *code* itself when there is none."""
    return _COUNTRIES.get(code.upper(), code)


@lru_cache(maxsize=_KNOWN_WORDS)
def language_name(tag: str) -> str:
    """Return the language of a BCP 47 *tag* under its own name, with its region: Deutsch (CH)."""
    primary, *subtags = tag.replace("_", "-").split("-")
    name = _LANGUAGES.get(primary.lower(), tag)
    regions = [subtag.upper() for subtag in subtags if len(subtag) == _REGION_LENGTH]
    return f"{name} ({regions[0]})" if regions and name != tag else name


@lru_cache(maxsize=_KNOWN_WORDS)
def media_name(media_type: str | None) -> str:
    """Return what a shopper gets that is not a web page (PDF, Video …), or nothing for a page."""
    if media_type is None:
        return ""
    essence = media_type.partition(";")[0].strip().lower()
    return _DOCUMENTS.get(essence, _MEDIA.get(essence.partition("/")[0], ""))


def split_gtin(gtin: str) -> tuple[str, str]:
    """Return the zeros that pad a GTIN to 14 digits, and the number as a pack prints it."""
    padding = next((zeros for zeros in _PADDINGS if gtin.startswith(zeros)), "")
    return padding, gtin[len(padding) :]
