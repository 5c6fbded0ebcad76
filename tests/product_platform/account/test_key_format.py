import re

import pytest

from product_platform.account.service.key_format import checksum, is_well_formed, make_key, to_hash
from product_platform.kit.permissions import KeyType

BODY = "q7Zt2LmVx9Kc4RbN8sWd1HyPf6JgTe3U"


class TestChecksum:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            (BODY, "b6a4ed47"),
            ("gjuWa8mRVtLLCWPgEuxqyhxEykCpZj6R", "00f31087"),
            ("00000000000000000000000000000000", "a0f292d0"),
            ("AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEf", "84041098"),
        ],
    )
    def test_is_the_crc_32_of_the_body_with_its_leading_zeros(self, body, expected):
        assert checksum(body) == expected


class TestIsWellFormed:
    @pytest.mark.parametrize("prefix", ["csb", "csu", "cpk"])
    def test_the_checksum_covers_the_body_alone(self, prefix):
        assert is_well_formed(f"{prefix}_{BODY}_b6a4ed47")

    @pytest.mark.parametrize(
        "key",
        [
            "",
            f"csx_{BODY}_b6a4ed47",
            f"csb_{BODY}_b6a4ed48",
            f"csb_{BODY}_B6A4ED47",
            f"csb_{BODY}",
            f"csb_{BODY}_b6a4ed47\n",
            f"csb_{BODY[:-1]}_{checksum(BODY[:-1])}",
            f"csb_{BODY[:-1]}é_{checksum(BODY[:-1] + 'é')}",
            "csb_AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEf_1a2b3c4d",
        ],
    )
    def test_anything_else_is_not(self, key):
        assert not is_well_formed(key)


class TestMakeKey:
    @pytest.mark.parametrize("key_type", KeyType)
    def test_keys_are_well_formed_and_differ(self, key_type):
        first, second = make_key(key_type), make_key(key_type)
        assert first != second
        assert re.fullmatch(rf"{key_type}_[A-Za-z0-9]{{32}}_[0-9a-f]{{8}}", first)
        assert is_well_formed(first)


class TestToHash:
    def test_covers_the_whole_key(self):
        assert to_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
