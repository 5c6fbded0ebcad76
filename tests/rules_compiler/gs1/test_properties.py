"""What holds of every link, not of chosen ones."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rules_compiler.gs1 import (
    EDGE,
    STRICT,
    DigitalLinkError,
    check_digit,
    encode_value,
    levels,
    parse_path,
    parse_uri,
    slice_key,
    to_report,
)
from rules_compiler.gs1.checks import CSET82
from rules_compiler.gs1.parser import parse_plain_gtin
from rules_compiler.gs1.paths import read_path

LENIENT = replace(EDGE, any_order=True, attributes_in_path=True)

values = st.text(CSET82, min_size=1, max_size=20)
gtins = st.from_regex(r"[0-9]{13}", fullmatch=True).map(lambda digits: digits + check_digit(digits))


@st.composite
def elements(draw):
    """Return the path and the attributes of a valid link to a trade item."""
    names = draw(st.sampled_from([(), ("235",), ("22",), ("10",), ("21",), ("22", "10"), ("22", "10", "21")]))
    attributes = draw(st.lists(st.sampled_from(["240", "241", "90", "99", "710"]), unique=True))
    path = (("01", draw(gtins)), *((name, draw(values)) for name in names))
    return path, tuple((name, draw(values)) for name in attributes)


@st.composite
def mutated_links(draw):
    """Return the path and query of a link after a few edits that often matter."""
    path, attributes = draw(elements())
    query = "&".join(f"{ai}={encode_value(value)}" for ai, value in attributes)
    text = f"/{slice_key(path)}?{query}" if query else f"/{slice_key(path)}"
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 3))
        piece = draw(
            st.sampled_from(["", "/", "/10/", "/21/A", "%", "%2", "0", "01", "&", "=", "?", "é", "17=", "\n"])
        )
        text = text[:at] + piece + text[at + length :]
    raw_path, _, raw_query = text.partition("?")
    return raw_path.encode(), raw_query.encode()


def verdict(parse, *arguments):
    try:
        return parse(*arguments)
    except DigitalLinkError as error:
        return error.code, error.position


class TestParse:
    @given(elements())
    def test_reads_what_was_built(self, built):
        path, attributes = built
        query = "&".join(f"{ai}={encode_value(value)}" for ai, value in attributes)
        link = parse_path(f"/{slice_key(path)}".encode(), query.encode())
        assert (link.ais, link.attributes) == built
        assert link.slice_key == slice_key(path)

    @given(elements())
    def test_canonical_form_is_a_fixed_point(self, built):
        path, attributes = built
        query = "&".join(f"{ai}={encode_value(value)}" for ai, value in attributes)
        canonical = parse_uri(f"http://h/stem/{slice_key(path)}?{query}&x=1").canonical_uri
        assert parse_uri(canonical).canonical_uri == canonical

    @given(mutated_links())
    def test_shortcut_and_long_way_agree(self, link):
        raw_path, _ = link
        for options in (STRICT, EDGE, LENIENT):
            shortcut = parse_plain_gtin(raw_path)
            if shortcut is not None:
                assert shortcut == verdict(read_path, raw_path, options)

    @given(mutated_links())
    def test_leniency_only_ever_accepts_more(self, link):
        strict = verdict(parse_path, *link, replace(STRICT, stem=False))
        if strict.__class__.__name__ == "DigitalLink":
            assert verdict(parse_path, *link, EDGE) == strict
            assert verdict(parse_path, *link, LENIENT) == strict

    @given(mutated_links() | st.tuples(st.binary(), st.binary()))
    def test_refuses_with_a_place_in_the_link_or_accepts(self, link):
        raw_path, raw_query = link
        for options in (STRICT, EDGE, LENIENT):
            answer = verdict(parse_path, raw_path, raw_query, options)
            if isinstance(answer[0], str):
                assert 0 <= answer[1] <= len(raw_path) + 1 + len(raw_query)

    @given(st.text() | st.text().map("https://h/01/09520000100018/10/{}".format))
    def test_reports_on_any_text(self, text):
        report = to_report(text, short_gtin=True)
        assert report["valid"] == (report["error"] is None)

    @given(elements())
    def test_levels_go_from_the_narrowest_to_the_key(self, built):
        path, _ = built
        found = levels(path)
        assert found[-1] == path[:1]
        assert all(set(level) <= set(path) for level in found)
        assert len(set(found)) == len(found)
