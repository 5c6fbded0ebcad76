"""What the resolver says of a request's URI: malformed, unknown, or known."""

from datetime import UTC, datetime

import pytest

from rules_compiler.gs1 import association_errors, parse_uri
from tests.conformance.example import (
    GLN,
    GTIN,
    LINKSET,
    LOT_PATH,
    OAT,
    PATH,
    SSCC,
    UNKNOWN_GTIN,
    make_example,
    make_product_rule,
)
from tests.resolver.edge_client import EdgeClient

ACCEPTS = ["*/*", "text/html", "application/json", LINKSET, "application/ld+json"]

MALFORMED = [
    f"{PATH}/foo",
    f"{PATH}/foo/bar",
    f"{PATH}/10",
    f"{PATH}/10/",
    f"{PATH}/10//21/S-42",
    f"{PATH}/10/a%",
    f"{PATH}/10/a%zz",
    f"{PATH}/17/270131",
    f"{PATH}?10=LOT7",
    f"{PATH}?0017=270131",
    "/01/",
    "/01",
]
WRONG_VALUES = [
    "/01/09520000100019",
    "/01/0952000010001X",
    "/01/095200001000188",
    "/01/09520000100",
    f"{PATH}/10/{'A' * 21}",
    f"{PATH}/21/a%20b",
    f"{PATH}/21/a%23b",
    f"{PATH}/21/a%00b",
    f"{PATH}/21/%C3%A9",
    f"{PATH}?17=270132",
    f"{PATH}?240=a+b",
    f"/00/{SSCC[:-1]}0",
    f"/414/{GLN[:-1]}1",
    "/8006/095200001000180401",
    "/8013/9520000100MODEL1NM",
    "/8003/19520000100773BOX1",
    "/8010/9520000100part-7",
]
REPEATED = [f"{PATH}?17=270131&17=270131", f"{PATH}/10/A/10/A", f"{PATH}/10/A?10=A", f"{PATH}?01={GTIN}"]
OUT_OF_ORDER = [
    f"{PATH}/21/S-42/10/LOT7",
    f"{PATH}/10/LOT7/22/2A",
    f"{PATH}/235/TP1/10/LOT7",
    f"{PATH}/254/DOCK",
    f"/00/{SSCC}/10/LOT7",
]


@pytest.mark.parametrize("target", MALFORMED)
def test_r10_what_is_no_digital_link_is_a_bad_request(edge: EdgeClient, target: str) -> None:
    """A URI that has not the structure of a Digital Link is answered with 400.

    SHALL, 2.4.1. So is a data attribute in the path, and a malformed percent escape.
    """
    assert edge.get(target).status == 400


@pytest.mark.parametrize("target", WRONG_VALUES)
def test_r11_a_wrong_value_is_a_bad_request(edge: EdgeClient, target: str) -> None:
    """A value of wrong length, with characters that it may not have or a wrong check, is answered with 400.

    SHALL, 2.4.1. Values of data attributes are judged like those of the path.
    """
    assert edge.get(target).status == 400


@pytest.mark.parametrize("target", REPEATED)
def test_r12_a_repeated_identifier_is_a_bad_request(edge: EdgeClient, target: str) -> None:
    """An identifier that stands twice is answered with 400.

    SHALL, 2.4.1.
    """
    assert edge.get(target).status == 400


@pytest.mark.parametrize("target", OUT_OF_ORDER)
def test_r13_a_wrong_combination_is_a_bad_request(edge: EdgeClient, target: str) -> None:
    """Qualifiers that are not those of the key, or in another order, are answered with 400.

    MAY, 2.4.
    """
    assert edge.get(target).status == 400


def test_r14_a_missing_partner_is_no_reason_to_refuse(edge: EdgeClient) -> None:
    """Associations between identifiers may be checked.

    MAY, 2.4. The edge does not, for the partner may stand elsewhere on the item; the parser tells.
    """
    target = f"{PATH}?3922=199"
    assert edge.get(target).status == 307
    errors = association_errors(parse_uri(f"https://id.example.org{target}"))
    assert [error.code for error in errors] == ["missing_partner"]


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize(
    "target",
    [
        f"{PATH}/foo",
        "/01/09520000100019",
        f"{PATH}?17=270131&17=270131",
        f"/01/{UNKNOWN_GTIN}",
        f"/01/{UNKNOWN_GTIN}?linkType=linkset",
        f"{PATH}/foo?linkType=linkset",
    ],
)
def test_r15_an_error_is_never_a_success(edge: EdgeClient, target: str, accept: str) -> None:
    """An error is never reported with 200, whatever representation is asked for.

    SHALL, 2.4.
    """
    assert edge.get(target, accept=accept).status in {400, 404}


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("qualifiers", ["", "/10/LOT7", "/22/2A/10/LOT7/21/S-42", "/235/TP1"])
def test_r17_what_nobody_knows_is_not_found(edge: EdgeClient, qualifiers: str, accept: str) -> None:
    """A valid identifier of which nothing is known on any level is answered with 404.

    SHALL, 2.4.
    """
    assert edge.get(f"/01/{UNKNOWN_GTIN}{qualifiers}", accept=accept).status == 404


@pytest.mark.parametrize(
    "path",
    [
        f"/00/{SSCC}",
        f"/414/{GLN}/254/DOCK-4",
        f"/415/{GLN}/8020/INV77",
        "/8010/9520000100PART-7/8011/41",
        "/8013/9520000100MODEL1NL",
        f"/253/{GLN}DOC1",
    ],
)
def test_r18_a_key_without_links_is_not_found(edge: EdgeClient, path: str) -> None:
    """A valid identifier whose primary key the resolver does not serve is answered with 404.

    Ours.
    """
    assert edge.get(path).status == 404


def test_r19_an_expired_link_is_as_if_absent() -> None:
    """A link whose time is over is as if it were absent.

    Ours. 410 is never answered.
    """
    over = datetime(2026, 1, 1, tzinfo=UTC)
    past = make_product_rule("past", order_index=-1, absolute_end_at=over)
    past_type = make_product_rule("past-type", order_index=9, link_type="gs1:faqs", absolute_end_at=over)
    edge = EdgeClient(make_example(past, past_type))
    assert edge.get(PATH).location == OAT
    assert edge.get(f"{PATH}?linkType=gs1:faqs").status == 404
    assert b"past" not in edge.get(LOT_PATH, accept=LINKSET).body
