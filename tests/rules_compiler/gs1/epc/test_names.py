import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_compiler.gs1 import DigitalLinkError, parse_uri
from rules_compiler.gs1.epc import from_epc_urn, to_epc_urn
from tests.rules_compiler.gs1.epc.strategies import HOST, SHORT, links, prefix_lengths

NAMES = [
    ("urn:epc:id:sgtin:9520000.010001.42", "/01/09520000100018/21/42"),
    ("urn:epc:id:sgtin:95060001343.05.32a%2Fb", "/01/09506000134352/21/32a%2Fb"),
    ("urn:epc:id:sgtin:952000010001.0.a.b", "/01/09520000100018/21/a.b"),
    ("urn:epc:id:sscc:952012.03456789123", "/00/095201234567891235"),
    ("urn:epc:id:sgln:9521141.12345.5678", "/414/9521141123454/254/5678"),
    ("urn:epc:id:sgln:952114112345..5678", "/414/9521141123454/254/5678"),
    ("urn:epc:id:sgln:9521141.12345.0", "/414/9521141123454"),
    ("urn:epc:id:grai:9521141.12345.32a%2Fb", "/8003/0952114112345432a%2Fb"),
    ("urn:epc:id:giai:9521141.32a%2Fb", "/8004/952114132a%2Fb"),
    ("urn:epc:id:giai:9521141.3.4", "/8004/95211413.4"),
    ("urn:epc:id:gsrn:9521141.1234567890", "/8018/952114112345678906"),
    ("urn:epc:id:gsrnp:9521141.1234567890", "/8017/952114112345678906"),
    ("urn:epc:id:gdti:9521141.98765.ABCDefgh012345678", "/253/9521141987650ABCDefgh012345678"),
    ("urn:epc:id:cpi:9521141.5PQ7%2FZ43.12345", "/8010/95211415PQ7%2FZ43/8011/12345"),
    ("urn:epc:id:cpi:9521141.A%23B.12345", "/8010/9521141A%23B/8011/12345"),
    ("urn:epc:id:sgcn:9521141.67890.04711", "/255/952114167890904711"),
    ("urn:epc:id:itip:9521141.012345.01.02.mw133", "/8006/095211411234540102/21/mw133"),
]
SCHEMES = ["SGTIN+", "SSCC+", "SGLN+", "GRAI-170", "GIAI-202", "GSRN+", "GSRNP+", "GDTI-174", "CPI-var"]
SCHEMES += ["SGCN-96", "ITIP+"]


def refusal_of(function, *arguments, **options):
    with pytest.raises(DigitalLinkError) as caught:
        function(*arguments, **options)
    assert caught.value.code == "bad_epc"
    return caught.value.message


class TestFromEpcUrn:
    @pytest.mark.parametrize(("name", "path"), NAMES)
    def test_reads_every_scheme(self, name, path):
        assert from_epc_urn(name) == parse_uri(HOST + path)

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("", "no EPC name"),
            ("urn:epc:id:sgtin", "no EPC name"),
            ("urn:epc:tag:sgtin-96:3.9520000.010001.42", "no EPC name"),
            ("urn:epc:idpat:sgtin:9520000.010001.*", "no EPC name"),
            ("urn:epc:id:gid:952056.2718.1414", "no EPC name"),
            ("urn:epc:id:sgtin:9520000.010001.a b", "no EPC name"),
            ("urn:epc:id:sgtin:9520000.010001.a/b", "no EPC name"),
            ("urn:epc:id:sgtin:9520000.010001.%41", "no EPC name"),
            ("urn:epc:id:sgtin:9520000.010001", "needs 3 parts"),
            ("urn:epc:id:sgtin:9520000.010001.", "needs 3 parts"),
            ("urn:epc:id:itip:9521141.012345..02.981", "needs 5 parts"),
            ("urn:epc:id:sgtin:95200.0010001.42", "6 to 12 digits"),
            ("urn:epc:id:sgtin:9520000100010.0.42", "6 to 12 digits"),
            ("urn:epc:id:sgtin:952000A.010001.42", "6 to 12 digits"),
            ("urn:epc:id:sgtin:9520000.01000.42", "13 digits together"),
            ("urn:epc:id:giai:9521141.", "is empty"),
        ],
    )
    def test_refuses_what_is_no_name_of_a_link(self, name, message):
        assert message in refusal_of(from_epc_urn, name)

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("urn:epc:id:sgtin:9520000.A10001.42", "bad_character"),
            ("urn:epc:id:sgtin:9520000.010001.123456789012345678901", "too_long"),
            ("urn:epc:id:cpi:9521141.98765.012", "bad_character"),
        ],
    )
    def test_refuses_a_value_as_a_link_would(self, name, code):
        with pytest.raises(DigitalLinkError) as caught:
            from_epc_urn(name)
        assert caught.value.code == code

    @given(st.text() | st.from_regex(r"urn:epc:id:(sg|gia|cp)[a-z]{1,3}:[0-9A-Z.%]{1,30}", fullmatch=True))
    def test_refuses_any_other_text_or_reads_a_link(self, text):
        try:
            link = from_epc_urn(text)
        except DigitalLinkError:
            return
        assert parse_uri(link.canonical_uri).canonical_uri == link.canonical_uri


class TestToEpcUrn:
    @pytest.mark.parametrize(("name", "path"), NAMES)
    def test_writes_every_scheme(self, name, path):
        length = len(name.split(":")[4].split(".")[0])
        assert to_epc_urn(parse_uri(HOST + path), company_prefix_length=length) == name

    @pytest.mark.parametrize("scheme", SCHEMES)
    @SHORT
    @given(data=st.data())
    def test_is_read_back(self, scheme, data):
        link, length = data.draw(links(scheme)), data.draw(prefix_lengths(scheme))
        try:
            name = to_epc_urn(link, company_prefix_length=length)
        except DigitalLinkError:
            assert not link.ais[0][1][14:]
            return
        assert from_epc_urn(name) == link

    def test_names_the_thing_alone(self):
        link = parse_uri(f"{HOST}/01/09520000100018/10/LOT7/21/42?17=270131")
        assert to_epc_urn(link, company_prefix_length=7) == "urn:epc:id:sgtin:9520000.010001.42"

    @pytest.mark.parametrize(
        ("path", "length", "message"),
        [
            ("/01/09520000100018", 7, "a company prefix and a serial"),
            ("/253/9521141123454", 7, "a company prefix and a serial"),
            ("/01/09520000100018/21/42", 13, "6 to 12"),
            ("/402/95200001000000124", 7, "has no EPC name"),
        ],
    )
    def test_refuses_what_has_no_name(self, path, length, message):
        link = parse_uri(HOST + path)
        assert message in refusal_of(to_epc_urn, link, company_prefix_length=length)
