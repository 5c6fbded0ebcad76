"""The query string of a Digital Link URI: data attributes and what else may stand there."""

import pytest

from rules_compiler.gs1 import parse_uri
from tests.conformance.example import GTIN, OAT, PATH, make_product, make_product_rule
from tests.conformance.reading import read, refusal, to_uri
from tests.resolver.edge_client import EdgeClient


def test_q1_parameters_are_split_at_the_ampersand() -> None:
    """Parameters are separated by `&`; `;` is a character of a value.

    Ours. The grammar also knows `;` as separator, which no value could then hold.
    """
    assert read("/01/{G}?17=270131&240=a;b") == {"01": GTIN, "17": "270131", "240": "a;b"}
    assert refusal("/01/{G}?17=270131;240=a") in {"too_long", "bad_character", "bad_date"}


@pytest.mark.parametrize("name", ["0017", "999", "1", "21", "8020", "254", "00000"])
def test_q2_a_name_of_digits_is_an_identifier(name: str) -> None:
    """A parameter named by digits alone must be an identifier that may be a data attribute.

    SHALL.
    """
    assert refusal(f"/01/{{G}}?{name}=1") in {"unknown_ai", "not_an_attribute"}


@pytest.mark.parametrize("name", [str(ai) for ai in range(90, 100)])
def test_q2_internal_identifiers_are_attributes(name: str) -> None:
    """90 to 99 are valid data attributes.

    SHALL.
    """
    assert read(f"/01/{{G}}?{name}=1") == {"01": GTIN, name: "1"}


@pytest.mark.parametrize("query", ["utm_source=qr", "v", "a1=2", "17a=1", "foo=", "=1", "", "&", "x=%C3%A9"])
def test_q3_other_names_are_extensions(query: str) -> None:
    """A parameter with any other name does not concern the parser.

    SHALL.
    """
    assert read(f"/01/{{G}}?{query}") == {"01": GTIN}


def test_q3_extensions_are_passed_on(edge: EdgeClient) -> None:
    """The resolver passes extension parameters on.

    SHALL.
    """
    assert edge.get(f"{PATH}?utm_source=qr&v").location == f"{OAT}?utm_source=qr&v"


@pytest.mark.parametrize("query", ["10", "17", "999", "17&v=1"])
def test_q4_a_name_without_a_sign_of_equality_is_ignored(query: str) -> None:
    """A parameter without `=` is ignored, even when it is numeric.

    SHALL.
    """
    assert read(f"/01/{{G}}?{query}") == {"01": GTIN}


def test_q4_an_empty_value_is_refused() -> None:
    """An identifier with `=` and nothing behind it is refused.

    SHALL.
    """
    assert refusal("/01/{G}?17=") == "empty_value"


def test_q5_link_type_and_context_are_for_the_resolver() -> None:
    """`linkType` and `context` are reserved for the resolver: they change the answer, not the identifier.

    SHALL.
    """
    edge = EdgeClient(
        make_product(
            make_product_rule("ca", contexts=("CA",)),
            make_product_rule("all", order_index=1),
            make_product_rule("faqs", order_index=2, link_type="gs1:faqs"),
        )
    )
    assert read("/01/{G}?linkType=gs1:faqs&context=CA") == {"01": GTIN}
    assert edge.get(f"{PATH}?linkType=gs1:faqs").location == ("https://example.com/faqs?linkType=gs1:faqs")
    assert edge.get(f"{PATH}?context=CA").location == "https://example.com/ca?context=CA"


@pytest.mark.parametrize("name", ["lang", "language", "hreflang"])
def test_q5_the_language_is_chosen_by_header(name: str) -> None:
    """No parameter chooses the language.

    SHALL.
    """
    rules = (make_product_rule("de", languages=("de",)), make_product_rule("all", order_index=1))
    edge = EdgeClient(make_product(*rules))
    assert edge.get(f"{PATH}?{name}=de").location == f"https://example.com/all?{name}=de"
    assert edge.get(PATH, accept_language="de").location == "https://example.com/de"


def test_q6_a_plus_sign_in_the_query_is_a_space() -> None:
    """`+` in the query decodes to a space, which no value may hold: a plus sign is `%2B` there.

    SHALL.
    """
    assert refusal("/01/{G}?240=a+b") == "bad_character"
    assert read("/01/{G}?240=a%2Bb")["240"] == "a+b"


@pytest.mark.parametrize("written", ["a+b", "a%2Bb", "a%2bb"])
def test_q6_a_plus_sign_in_the_path_is_itself(written: str) -> None:
    """`+` in the path is a plus sign; it is emitted as `%2B` in both places.

    SHALL.
    """
    link = parse_uri(to_uri(f"/01/{{G}}/21/{written}?240=a%2Bb"))
    assert link.get("21") == "a+b"
    assert link.canonical_uri == f"https://id.gs1.org/01/{GTIN}/21/a%2Bb?240=a%2Bb"


@pytest.mark.parametrize("path", ["/01/{G}?17=270131&17=270131", "/01/{G}/10/A?10=A", "/00/{S}?00={S}"])
def test_q7_an_identifier_is_not_repeated(path: str) -> None:
    """An identifier that is repeated in the query, or stands in the path already, is refused.

    SHALL.
    """
    assert refusal(path) == "duplicate_ai"


def test_q7_an_extension_may_be_repeated(edge: EdgeClient) -> None:
    """An extension parameter may be repeated.

    SHALL.
    """
    assert read("/01/{G}?v=1&v=2") == {"01": GTIN}
    assert edge.get(f"{PATH}?v=1&v=2").location == f"{OAT}?v=1&v=2"
