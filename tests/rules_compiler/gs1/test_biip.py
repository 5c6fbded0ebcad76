"""Our parser beside biip, another one for the same standard: where they differ is written down here."""

import biip
import pytest
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from hypothesis import given

from rules_compiler.gs1 import DigitalLink, DigitalLinkError, parse_uri
from tests.rules_compiler.gs1.test_properties import mutated_links

HOST = "https://id.example.org"

LENIENCIES = {
    "authority": "biip does not look at the host, nor at characters that no URI may have.",
    "bad_character": "biip minds neither a line feed at the end nor letters beyond ASCII.",
    "bad_escape": "biip keeps what follows a lone percent sign as it stands.",
    "belongs_in_path": "biip takes a batch in the query of a GTIN.",
    "check_digit": "A wrong check digit is a note in biip's result, not an error.",
    "duplicate_ai": "biip takes an identifier twice.",
    "empty_value": "biip drops parameters without a value.",
    "excluded_pair": "biip does not look at pairs that exclude each other.",
    "mixed_qualifiers": "biip takes a third-party serial beside the other qualifiers.",
    "not_an_attribute": "biip takes qualifiers in the query that belong in a path alone.",
    "too_short": "biip pads GTINs of 8, 12 and 13 digits.",
    "unknown_ai": "biip passes parameters on whose numeric names it does not know.",
}
"""Codes with which we refuse what biip accepts, and what biip does there."""


def ask_biip(uri: str) -> set[tuple[str, str]] | None:
    try:
        link = GS1DigitalLinkURI.parse(uri)
    except (biip.ParseError, ValueError):
        return None
    return {(element.ai.ai, element.value) for element in link.element_strings}


def ask_ours(uri: str) -> DigitalLink | str:
    try:
        return parse_uri(uri)
    except DigitalLinkError as error:
        return error.code


@given(mutated_links())
def test_what_we_accept_biip_reads_alike(link: tuple[bytes, bytes]) -> None:
    raw_path, raw_query = link
    uri = HOST + raw_path.decode() + ("?" + raw_query.decode() if raw_query else "")
    ours, theirs = ask_ours(uri), ask_biip(uri)
    if isinstance(ours, DigitalLink):
        assert theirs == set(ours.elements)
    elif theirs is not None and b"//" not in raw_path:  # biip drops empty segments, and reads what is left
        assert ours in LENIENCIES


@pytest.mark.parametrize(
    "path",
    [
        "/01/09520000100018/10/A%2FB?17=270131&3103=000750",
        "/00/395200001000000019?02=09520000100018&37=12&10=LOT7",
        "/414/9520000100117/254/DOCK-4",
        "/8006/095200001000180103/21/X",
        "/8003/09520000100773BOX1",
        "/8018/952000010000000421/8019/3",
    ],
)
def test_links_of_other_keys_are_read_alike(path: str) -> None:
    ours = ask_ours(HOST + path)
    assert isinstance(ours, DigitalLink)
    assert ask_biip(HOST + path) == set(ours.elements)
