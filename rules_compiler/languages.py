"""Which languages and media types a rule may name, and which languages suit a caller best."""

import re
from collections.abc import Sequence

from rules_compiler.model import Rule
from rules_compiler.problems import Problem

# RFC 5646, section 2.1, without the grandfathered tags that no browser sends.
_LANGUAGE_TAG = re.compile(
    r"""
    (?: [a-z]{2,3} (?:-[a-z]{3}){0,3} | [a-z]{4,8} )   # language, extended language
    (?: -[a-z]{4} )?                                   # script
    (?: -(?: [a-z]{2} | [0-9]{3} ) )?                  # region
    (?: -(?: [a-z0-9]{5,8} | [0-9][a-z0-9]{3} ) )*     # variants
    (?: -[a-wyz0-9] (?: -[a-z0-9]{2,8} )+ )*           # extensions
    (?: -x (?: -[a-z0-9]{1,8} )+ )?                    # private use
    | x (?: -[a-z0-9]{1,8} )+
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)

# RFC 6838, section 4.2: a type and a subtype, without parameters and without wildcards.
_RESTRICTED_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_MEDIA_TYPE = re.compile(f"{_RESTRICTED_NAME}/{_RESTRICTED_NAME}")

_Offers = Sequence[Sequence[str]]


def best_language_match(requested: Sequence[str], offered: _Offers) -> tuple[int, ...]:
    """Return the indexes of the offers that suit best, none when nothing suits.

    The first requested tag that anything suits decides: offers in exactly this language, else
    those in the nearest more general one (de-AT takes de), else those in a more special one (de
    takes de-CH). Tags are lower-case on both sides.
    """
    for tag in requested:
        found = _find_lookup(tag, offered) or _find_extensions(tag, offered)
        if found:
            return found
    return ()


def can_match(tag: str, offered: Sequence[str]) -> bool:
    """Return whether *tag*, asked for, can make a difference among the tags *offered*."""
    offers = (offered,)
    return bool(_find_lookup(tag, offers) or _find_extensions(tag, offers))


def language_problems(rule: Rule) -> list[Problem]:
    """Return which languages of *rule* are no BCP 47 tags."""
    return [
        Problem("bad_language", rule.id, "languages", f"{tag!r} is not a language tag: write de or pt-BR.")
        for tag in rule.languages
        if _LANGUAGE_TAG.fullmatch(tag) is None
    ]


def media_type_problems(rule: Rule) -> list[Problem]:
    """Return whether the media type of *rule* is none."""
    if rule.media_type is None or _MEDIA_TYPE.fullmatch(rule.media_type):
        return []
    message = f"{rule.media_type!r} is not a media type: write type/subtype, such as application/pdf."
    return [Problem("bad_media_type", rule.id, "media_type", message)]


def _find_lookup(tag: str, offered: _Offers) -> tuple[int, ...]:
    """Return the offers in *tag* or, failing that, in the longest prefix of it that is offered."""
    while tag:
        found = tuple(index for index, tags in enumerate(offered) if tag in tags)
        if found:
            return found
        tag = tag.rpartition("-")[0]
    return ()


def _find_extensions(tag: str, offered: _Offers) -> tuple[int, ...]:
    prefix = f"{tag}-"
    return tuple(index for index, tags in enumerate(offered) if any(each.startswith(prefix) for each in tags))
