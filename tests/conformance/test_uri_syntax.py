"""The syntax of a Digital Link URI: scheme, host, stem, primary key, qualifiers."""

import pytest

from rules_compiler.gs1 import EDGE, STRICT, ParseOptions, parse_uri
from tests.conformance.example import GLN, GTIN, SSCC
from tests.conformance.reading import read, refusal, to_uri


@pytest.mark.parametrize("scheme", ["http", "https", "HTTP", "HTTPS", "hTTpS"])
def test_u1_the_scheme_is_http_or_https(scheme: str) -> None:
    """The scheme is `http` or `https`.

    SHALL. Any case is accepted, as schemes of RFC 3986 have none; the canonical form has `https`.
    """
    link = parse_uri(f"{scheme}://id.example.org/01/{GTIN}")
    assert link.canonical_uri == f"https://id.gs1.org/01/{GTIN}"


@pytest.mark.parametrize("start", ["ftp://id.example.org", "urn:", "//id.example.org", "", "httpss://x"])
def test_u1_other_schemes_are_refused(start: str) -> None:
    """No other scheme makes a Digital Link.

    SHALL.
    """
    with pytest.raises(ValueError, match="https://") as refused:
        parse_uri(f"{start}/01/{GTIN}")
    assert refused.value.code == "scheme"  # type: ignore[attr-defined]


@pytest.mark.parametrize("host", ["id.example.org", "brand-1.example", "EXAMPLE.org:8443", "192.0.2.7:80"])
def test_u2_a_host_has_letters_digits_dots_hyphens_and_a_port(host: str) -> None:
    """A host consists of letters, digits, `.` and `-`, and may name a port.

    No level.
    """
    assert parse_uri(f"https://{host}/01/{GTIN}").ais == (("01", GTIN),)


@pytest.mark.parametrize(
    "host", ["", "user@example.org", "user:key@example.org", "a_b.example", "a b", ":80"]
)
def test_u2_other_hosts_are_refused(host: str) -> None:
    """User information, underscores and an empty host are refused.

    No level.
    """
    with pytest.raises(ValueError, match="host") as refused:
        parse_uri(f"https://{host}/01/{GTIN}")
    assert refused.value.code == "authority"  # type: ignore[attr-defined]


@pytest.mark.parametrize("stem", ["", "/shop", "/shop/de", "/a/b/c", "/x%20y/~z", "/01"])
def test_u3_any_stem_may_precede_the_key(stem: str) -> None:
    """Any number of path segments may stand before the primary key.

    SHALL, 4.11. The edge looks for keys at its own root alone; the parser takes every stem.
    """
    assert read(f"{stem}/01/{{G}}/10/LOT7") == {"01": GTIN, "10": "LOT7"}


@pytest.mark.parametrize(
    ("path", "elements"),
    [
        ("/00/{S}/01/{G}", {"01": GTIN}),
        ("/10/LOT7/01/{G}", {"01": GTIN}),
        ("/01/{G}/10/01", {"01": GTIN, "10": "01"}),
        ("/01/{G}/10/00/21/414", {"01": GTIN, "10": "00", "21": "414"}),
        ("/01/nonsense/414/{L}/254/01", {"414": GLN, "254": "01"}),
    ],
)
def test_u4_the_key_is_found_from_the_right(path: str, elements: dict[str, str]) -> None:
    """The primary key is the first one met when the path is read in pairs from its end.

    SHALL. All that stands left of it is stem, whatever it looks like.
    """
    assert read(path) == elements


@pytest.mark.parametrize(
    "path", ["", "/", "/foo", "/foo/bar", "/10/LOT7", "/shop/10/LOT7/21/S-42", "/410/{L}"]
)
def test_u4_a_path_without_a_key_is_no_digital_link(path: str) -> None:
    """A path in which no pair begins with a primary key is no Digital Link.

    SHALL. 410 to 413 and 416 are data attributes only.
    """
    assert refusal(path) == "no_primary_key"


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        ("/01/{G}/10/", {"empty_value"}),
        ("/01/{G}/10//21/S-42", {"empty_value"}),
        ("/01/{G}/10", {"dangling_segment"}),
        ("/01/{G}/10/LOT7/21", {"dangling_segment"}),
        ("/foo/01/{G}/bar", {"dangling_segment", "no_primary_key"}),
        ("/01/{G}/foo/bar", {"no_primary_key", "unknown_ai"}),
    ],
)
def test_u5_pairs_follow_the_key(path: str, codes: set[str]) -> None:
    """All that stands right of the primary key is pairs of identifier and value, neither missing.

    SHALL.
    """
    assert refusal(path) in codes


@pytest.mark.parametrize(
    ("path", "elements"),
    [
        ("/00/{S}?02={G}&37=12&10=LOT7", {"00": SSCC, "02": GTIN, "37": "12", "10": "LOT7"}),
        ("/00/{S}?410={L}", {"00": SSCC, "410": GLN}),
        ("/01/{G}?8004=9520000100A", {"01": GTIN, "8004": "9520000100A"}),
    ],
)
def test_u6_one_primary_key_stands_in_the_path(path: str, elements: dict[str, str]) -> None:
    """The path has exactly one primary key; a further one is a data attribute in the query.

    SHALL.
    """
    assert read(path) == elements
    options = ParseOptions(stem=False)
    assert refusal("/01/{G}/00/{S}", options) in {"not_a_qualifier", "no_primary_key"}


@pytest.mark.parametrize(
    "path",
    [
        "/01/{G}/22/2A",
        "/01/{G}/10/LOT7",
        "/01/{G}/21/S-42",
        "/01/{G}/22/2A/10/LOT7/21/S-42",
        "/01/{G}/22/2A/21/S-42",
        "/01/{G}/235/TP1",
        "/8006/{G}0103/22/2A/10/LOT7/21/X",
        "/8010/9520000100PART-7/8011/41",
        "/8013/9520000100MODEL1NL",
        "/414/{L}/254/DOCK-4",
        "/414/{L}/7040/1ABC",
        "/415/{L}/8020/INV77",
        "/417/{L}/7040/1ABC",
        "/8017/952000010000000421/8019/3",
        "/8018/952000010000000421/8019/3",
        "/255/{L}",
        "/255/{L}0001",
        "/00/{S}",
        "/253/{L}DOC1",
        "/401/9520000100GINC",
        "/402/95200001000000124",
        "/8003/09520000100773BOX1",
        "/8004/9520000100PALLET-1",
        "/8004/9520000100PALLET-1/7040/1ABC",
    ],
)
def test_u7_every_key_has_its_qualifiers_in_order(path: str) -> None:
    """Each primary key takes any subset of its qualifiers in their fixed order.

    SHALL. 415 needs 8020 as an association only, so that 415 alone is valid syntax.
    """
    assert len(read(path)) == path.count("/") / 2


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/01/{G}/21/S-42/10/LOT7", "qualifier_order"),
        ("/01/{G}/10/LOT7/22/2A", "qualifier_order"),
        ("/8006/{G}0103/21/X/22/2A", "qualifier_order"),
        ("/01/{G}/235/TP1/10/LOT7", "mixed_qualifiers"),
        ("/414/{L}/254/DOCK/7040/1ABC", "mixed_qualifiers"),
        ("/01/{G}/254/DOCK", "not_a_qualifier"),
        ("/00/{S}/10/LOT7", "not_a_qualifier"),
    ],
)
def test_u7_other_orders_and_mixtures_are_refused(path: str, code: str) -> None:
    """Qualifiers out of order, of another key, or of two alternative sequences are refused.

    SHALL.
    """
    assert refusal(path) == code


@pytest.mark.parametrize("path", ["/01/{G}?10=LOT7", "/01/{G}/21/S-42?10=LOT7", "/8006/{G}0103?10=LOT7"])
def test_u8_a_qualifier_belongs_in_the_path(path: str) -> None:
    """A qualifier that fits the sequence of the path may not stand in the query.

    SHALL.
    """
    assert refusal(path) == "belongs_in_path"


@pytest.mark.parametrize("path", ["/00/{S}?02={G}&37=1&10=LOT7", "/01/{G}/235/TP1?10=LOT7"])
def test_u8_it_is_an_attribute_where_it_does_not_qualify(path: str) -> None:
    """Batch 10 is a data attribute where the key, or the sequence in use, has no place for it.

    SHALL.
    """
    assert read(path)["10"] == "LOT7"


@pytest.mark.parametrize("path", ["/01/{G}/17/270131", "/01/{G}/10/LOT7/3103/000750", "/414/{L}/17/270131"])
def test_u9_data_attributes_stand_in_the_query_only(path: str) -> None:
    """A data attribute in the path is refused.

    SHALL.
    """
    assert refusal(path) == "not_a_qualifier"
    attribute = path.rsplit("/", 2)
    assert read("/01/{G}?" + f"{attribute[1]}={attribute[2]}")[attribute[1]] == attribute[2]


@pytest.mark.parametrize(
    "path",
    ["/gtin/{G}", "/gtin/{G}/lot/LOT7", "/sscc/{S}", "/gln/{L}", "/01/{G}/lot/LOT7", "/01/{G}/ser/S-42"],
)
def test_u10_identifiers_have_no_names(path: str) -> None:
    """Identifiers are written as digits; the short names of versions 1.0 to 1.2 are gone.

    SHALL.
    """
    assert refusal(path) in {"no_primary_key", "unknown_ai"}


@pytest.mark.parametrize("gtin", ["9520000100018", "614141007349", "95200002", "009520000100018"])
def test_u11_a_gtin_has_fourteen_digits(gtin: str) -> None:
    """A GTIN is written with 14 digits.

    SHALL.
    """
    assert refusal(f"/01/{gtin}") in {"too_short", "too_long"}


@pytest.mark.parametrize("gtin", ["9520000100018", "614141007349", "95200002"])
def test_u11_short_gtins_are_read_on_request(gtin: str) -> None:
    """GTINs of 8, 12 and 13 digits are read as a leniency, and mean their 14-digit form.

    Ours. Off in the strict parser, on at the edge.
    """
    assert read(f"/01/{gtin}", ParseOptions(short_gtin=True)) == {"01": gtin.zfill(14)}
    assert read(f"/01/{gtin}", EDGE) == {"01": gtin.zfill(14)}


def test_u12_the_fragment_is_ignored() -> None:
    """A fragment says nothing about the identifier.

    No level.
    """
    assert read("/01/{G}#/10/LOT7") == {"01": GTIN}
    assert read("/01/{G}?17=270131#x") == {"01": GTIN, "17": "270131"}


def test_u12_a_trailing_slash_is_tolerated_by_the_edge_alone() -> None:
    """A slash at the end is no part of the syntax; a resolver tolerates it.

    No level.
    """
    assert refusal("/01/{G}/", STRICT) in {"empty_value", "dangling_segment"}
    assert read("/01/{G}/", EDGE) == {"01": GTIN}


@pytest.mark.parametrize(
    "path",
    ["/01/{G}/10/A/10/B", "/01/{G}?17=270131&17=270131", "/01/{G}/10/A?10=A", "/01/{G}?01={G}"],
)
def test_u13_no_identifier_stands_twice(path: str) -> None:
    """No identifier stands twice in path and query together.

    SHALL.
    """
    assert refusal(path) == "duplicate_ai"


@pytest.mark.parametrize("host", ["id.gs1.org", "brand.example.com", "localhost:8000", "x"])
def test_u14_any_domain_will_do(host: str) -> None:
    """A URI is a Digital Link by its path and query alone, at whatever host.

    No level.
    """
    path = "/01/{G}/10/LOT7?17=270131"
    uri = to_uri(path).replace("id.example.org", host)
    assert parse_uri(uri).canonical_uri == to_uri(path).replace("id.example.org", "id.gs1.org")
