from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rules_compiler.gs1 import DigitalLinkError, parse_uri
from rules_compiler.gs1.epc import EPC_SCHEMES, from_epc_segment, to_epc_binary
from rules_compiler.gs1.epc.schemes import FOREIGN, HEADERS, HOSTED
from tests.rules_compiler.gs1.epc.strategies import HOST, PATHS, SHORT, links, prefix_lengths

VECTORS = yaml.safe_load(Path(__file__).with_name("vectors.yaml").read_text("utf-8"))
WRITTEN = [vector for vector in VECTORS if "scheme" in vector]
GTIN_LINK = parse_uri(f"{HOST}/01/09520000100018/21/42")

headers = st.sampled_from(sorted({*HEADERS, *HOSTED, *FOREIGN}))


def path_of(link):
    return link.canonical_uri.removeprefix(HOST)


def refusal_of(function, *arguments, **options):
    with pytest.raises(DigitalLinkError) as caught:
        function(*arguments, **options)
    assert caught.value.code == "bad_epc"
    return caught.value.message


class TestFromEpcSegment:
    @pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["epc"])
    def test_reads_the_examples_of_the_standard(self, vector):
        assert path_of(from_epc_segment("eh" + vector["epc"])) == vector["link"]

    def test_reads_base64(self):
        assert from_epc_segment("exMDZFDgAJxEAAAAAq") == from_epc_segment("eh3036450e0009c4400000002a")

    def test_ignores_padding(self):
        epc = "eh3036450e0009c4400000002a"
        assert from_epc_segment(f"{epc}{'0' * 40}") == GTIN_LINK

    def test_takes_zeros_behind_a_plus_for_padding_and_not_for_a_pallet(self):
        epc = to_epc_binary(GTIN_LINK, scheme="SGTIN+")
        assert from_epc_segment(f"eh{epc}{'0' * 40}") == GTIN_LINK

    def test_leaves_out_the_extension_of_a_location_that_has_none(self):
        assert path_of(from_epc_segment("eh3276451fd460720000000000")) == "/414/9521141123454"

    @pytest.mark.parametrize(
        ("segment", "message"),
        [
            ("eh", "is no EPC"),
            ("eh30A0", "is no EPC"),
            ("ex30=", "is no EPC"),
            ("eh3", "ends 4 bits early"),
            ("eh30", "SGTIN-96 has 96 bits"),
            ("eh3036450e0009c4400000002", "SGTIN-96 has 96 bits"),
            ("eh3036450e0009c4400000002a1", "further bits are set"),
            ("eh311ba1b300ce0a6a83000001", "further bits are set"),
            ("eh303e450e0009c4400000002a", "partition 7 does not exist"),
            ("eh3035ffffffffc4400000002a", "digits must fit"),
            ("eh3500e86f8000a9e000000586", "GID-96 has no Digital Link"),
            ("eh2f320434147455900000162e", "USDOD-96 has no Digital Link"),
            ("eh3b0e0cf5e76c9047759ad00373dc7602e7200", "ADI-var has no Digital Link"),
            ("ehffffffffffffffffffffffff", "names no EPC scheme"),
            ("eh3f76451fd612640000000000", "does not start with its mark"),
            ("ehfb37", "knows no date of the kind 7"),
            ("ehf300" + "a" * 18, "digits must fit"),
            ("ehfa0b", "in place of a digit"),
            ("ehf3795211411234538010202", "ends"),
            ("ehf00952114100000000" + "e" + "e0", "neither may be so great"),
            ("ehf90095201234567891235" + "80150", "cannot carry the identifier 8015"),
        ],
    )
    def test_refuses_what_is_no_link(self, segment, message):
        assert message in refusal_of(from_epc_segment, segment)

    def test_refuses_a_wrong_check_digit_as_a_link_would(self):
        with pytest.raises(DigitalLinkError) as caught:
            from_epc_segment("ehf90095201234567891236")
        assert caught.value.code == "check_digit"

    @given(headers, st.binary(max_size=60))
    def test_refuses_random_bits_or_reads_a_link(self, header, body):
        segment = f"eh{header:02x}{body.hex()}"
        try:
            link = from_epc_segment(segment)
        except DigitalLinkError:
            return
        assert parse_uri(link.canonical_uri).canonical_uri == link.canonical_uri

    @given(st.text() | st.from_regex(r"e[hx][0-9A-Za-z_-]+", fullmatch=True))
    def test_refuses_any_other_text(self, text):
        with suppress(DigitalLinkError):
            from_epc_segment(text)


class TestToEpcBinary:
    @pytest.mark.parametrize("vector", WRITTEN, ids=lambda vector: vector["scheme"])
    def test_writes_the_examples_of_the_standard(self, vector):
        epc = to_epc_binary(
            parse_uri(HOST + vector["link"]),
            scheme=vector["scheme"],
            company_prefix_length=vector.get("prefix"),
            filter_value=vector["filter"],
        )
        assert epc.rstrip("0") == vector["epc"].rstrip("0")
        assert len(epc) % 4 == 0

    @pytest.mark.parametrize("scheme", EPC_SCHEMES)
    @SHORT
    @given(data=st.data())
    def test_is_read_back(self, scheme, data):
        link, filter_value = data.draw(links(scheme)), data.draw(st.integers(0, 7))
        if scheme == "DSGTIN+":
            link = link._replace(attributes=(("17", "270131"),))
        epc = to_epc_binary(
            link,
            scheme=scheme,
            company_prefix_length=data.draw(prefix_lengths(scheme)),
            filter_value=filter_value,
        )
        assert from_epc_segment(f"eh{epc}") == link

    @pytest.mark.parametrize(
        "query",
        [
            "17=270131&3103=000750",
            "11=000229&15=270200&7007=260101260131",
            "8008=26013112&7003=2601312359",
            "8008=260131123059",
            "8008=2601311230",
            "7011=2601312359",
            "7011=260131",
            "240=AB-C.D:E&241=0042&242=7",
            "240=abc_-XYZ&241=0123456789ABCDEF&90=00af",
            "423=276250&421=276ABC1&422=276",
            "3922=1299&30=00012",
            "3932=978001299&4330=002500-&4332=001000&4321=1",
            "4307=CA&4309=01234567890987654321",
            "7258=1/3&7241=10&423=276250",
            "710=!%22%25%26'()*%2B,-./:;%3C=%3E?_&91=x",
            "7230=EMTEST1234567890&20=07",
            "8003=09521141123454&7023=95210000ABC/1",
            "253=9521141123454DOC%2F1",
        ],
    )
    def test_carries_further_identifiers_behind_a_plus(self, query):
        link = parse_uri(f"{HOST}/01/09520000100018/22/V2/10/LOT-7/21/42?{query}")
        read = from_epc_segment("eh" + to_epc_binary(link, scheme="SGTIN+"))
        assert read.canonical_uri == link.canonical_uri

    def test_leads_with_a_date(self):
        link = parse_uri(f"{HOST}/01/09520000100018/21/42?240=A&17=270131&15=261231")
        read = from_epc_segment("eh" + to_epc_binary(link, scheme="DSGTIN+"))
        assert read.canonical_uri == link.canonical_uri

    @pytest.mark.parametrize(("query", "bit"), [("", "0"), ("?17=270131", "1")])
    def test_tells_readers_at_a_distance_whether_more_follows(self, query, bit):
        link = parse_uri(f"{HOST}/01/09520000100018/21/42{query}")
        epc = to_epc_binary(link, scheme="SGTIN+")
        assert f"{int(epc[2], 16):04b}"[0] == bit

    def test_writes_a_location_without_extension(self):
        link = parse_uri(f"{HOST}/414/9521141123454")
        for scheme in ("SGLN-96", "SGLN-195", "SGLN+"):
            epc = to_epc_binary(link, scheme=scheme, company_prefix_length=7)
            assert from_epc_segment(f"eh{epc}") == link

    @pytest.mark.parametrize(
        ("path", "options", "message"),
        [
            ("/01/09520000100018/21/42", {"scheme": "SSCC-96"}, "take SGTIN-198, SGTIN-96, DSGTIN+, SGTIN+"),
            ("/01/09520000100018/21/42", {"scheme": "SGTIN++"}, "is no scheme"),
            ("/402/95200001000000124", {"scheme": "GSIN-96"}, "take no EPC"),
            ("/01/09520000100018/21/42", {"scheme": "SGTIN-96"}, "company prefix length"),
            ("/01/09520000100018/21/42", {"company_prefix_length": 5}, "6 to 12"),
            ("/01/09520000100018/21/42", {"company_prefix_length": 13}, "6 to 12"),
            ("/01/09520000100018/21/42", {"filter_value": 8}, "3 bits"),
            ("/01/09520000100018/21/42", {"filter_value": -1}, "3 bits"),
            ("/01/09520000100018", {}, "a company prefix and a serial"),
            ("/01/09520000100018/21/042", {}, "starts with a zero"),
            ("/01/09520000100018/21/A", {}, "is no number"),
            ("/01/09520000100018/21/274877906944", {}, "does not fit into 38 bits"),
            ("/01/09520000100018/10/LOT7/21/42", {}, "cannot carry the identifier 10"),
            ("/01/09520000100018/21/42?17=270131", {}, "cannot carry the identifier 17"),
            ("/01/09520000100018", {"scheme": "SGTIN+"}, "needs the identifier 21"),
            ("/01/09520000100018/21/42", {"scheme": "DSGTIN+"}, "needs a date"),
            ("/01/09520000100018/21/42?7007=260101260131", {"scheme": "DSGTIN+"}, "needs a date"),
            ("/8004/9520ABC", {"scheme": "GIAI-202"}, "too short"),
            ("/8004/9520000", {"scheme": "GIAI-202"}, "nothing but a company prefix"),
        ],
    )
    def test_refuses_what_does_not_fit(self, path, options, message):
        chosen = {"scheme": "SGTIN-96", "company_prefix_length": 7} | options
        if options == {"scheme": "SGTIN-96"}:
            chosen = options
        assert message in refusal_of(to_epc_binary, parse_uri(HOST + path), **chosen)

    def test_every_scheme_is_tested(self):
        assert set(PATHS) == set(EPC_SCHEMES)
