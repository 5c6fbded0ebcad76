from typing import Any

import pytest

from product_platform.kit.callers import find_address


def make_scope(client: tuple[str, int] | None, forwarded: str | None) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    return {"type": "http", "client": client, "headers": headers}


class TestFindAddress:
    @pytest.mark.parametrize(
        ("client", "forwarded", "address"),
        [
            (("198.51.100.1", 4711), None, "198.51.100.1"),
            (("2001:db8::1", 4711), "203.0.113.9", "2001:db8::1"),
            (None, "203.0.113.9", "203.0.113.9"),
            (("", 0), "192.0.2.1, 203.0.113.9", "203.0.113.9"),
            (None, "somebody", ""),
            (None, None, ""),
        ],
    )
    def test_only_who_has_no_address_may_say_for_whom_he_asks(
        self, client: tuple[str, int] | None, forwarded: str | None, address: str
    ) -> None:
        assert find_address(make_scope(client, forwarded)) == address
