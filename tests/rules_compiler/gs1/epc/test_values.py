import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_compiler.gs1 import DigitalLinkError
from rules_compiler.gs1.epc.bits import BitReader, BitWriter
from rules_compiler.gs1.epc.tables import FORMATS
from rules_compiler.gs1.epc.values import read_identifier, read_value, write_identifier, write_value
from rules_compiler.gs1.formats import format_of
from tests.rules_compiler.gs1.epc.strategies import SHORT

# One identifier for each format: those that share one are written alike.
FIRSTS = sorted({components: span.partition("-")[0] for span, components in FORMATS}.values())
DAY = r"[0-9]{2}1[0-2]3[01]"
SHAPES = {
    "4317": r"[A-Z]{2}",
    "4321": r"[01]",
    "4330": r"[0-9]{6}-?",
    "7003": rf"{DAY}2[0-3][0-5][0-9]",
    "7006": DAY,
    "7007": rf"({DAY}){{1,2}}",
    "7258": r"[1-9]/[1-9]",
    "8007": r"[A-Z0-9]{1,24}",
    "8008": rf"{DAY}(2[0-3]([0-5][0-9]){{0,2}})?",
}


def values(ai):
    return st.from_regex(SHAPES.get(ai, format_of(ai).pattern), fullmatch=True)


def bits_of(write, *arguments):
    writer = BitWriter()
    write(writer, *arguments)
    text = writer.to_hex()
    return f"{int(text, 16):0{4 * len(text)}b}"


class TestValues:
    @pytest.mark.parametrize("ai", FIRSTS)
    @SHORT
    @given(data=st.data())
    def test_are_read_back(self, ai, data):
        value = data.draw(values(ai))
        reader = BitReader(bits_of(write_value, ai, value))
        assert read_value(reader, ai) == value
        assert not reader.has_data()

    @pytest.mark.parametrize("ai", FIRSTS)
    def test_follow_their_identifier(self, ai):
        assert read_identifier(BitReader(bits_of(write_identifier, ai))) == ai

    @pytest.mark.parametrize(
        ("text", "bits"),
        [
            ("0042", "000 00100 00000000101010"),
            ("00AF", "001 00100 0000 0000 1010 1111"),
            ("00af", "010 00100 0000 0000 1010 1111"),
            ("a_-Z", "011 00100 011010 111111 111110 011001"),
            ("a/b", "100 00011 1100001 0101111 1100010"),
            ("AB-C.D:E0", "101 01001 0000011010101100 0001011100100101 1011011000100111"),
            ("", "000 00000"),
        ],
    )
    def test_of_text_take_the_densest_encoding(self, text, bits):
        assert bits_of(write_value, "21", text).rstrip("0") == bits.replace(" ", "").rstrip("0")

    @pytest.mark.parametrize(
        ("ai", "bits"),
        [
            ("17", "1100100 0001 00001"),
            ("21", "110 00001"),
            ("21", "000 10101"),
            ("21", "000 00001 1010"),
            ("21", "101 00001 0000000000000000"),
            ("21", "101 00001 1111111111111111"),
            ("21", "101 00001 0000011001101010"),
            ("21", "101 00010 0000011001000001"),
            ("8004", "1010"),
            ("30", "0001 1111"),
            ("8015", "0"),
        ],
    )
    def test_refuse_bits_that_no_one_writes(self, ai, bits):
        with pytest.raises(DigitalLinkError) as caught:
            read_value(BitReader(bits.replace(" ", "")), ai)
        assert caught.value.code == "bad_epc"
