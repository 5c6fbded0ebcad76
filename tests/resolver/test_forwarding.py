import pytest

from resolver.forwarding import forward_query


@pytest.mark.parametrize(
    ("url", "query", "expected"),
    [
        ("https://e.com/a", b"", "https://e.com/a"),
        ("https://e.com/a", b"x=1", "https://e.com/a?x=1"),
        ("https://e.com/a?b=2", b"x=1&x=1", "https://e.com/a?b=2&x=1&x=1"),
        ("https://e.com/a?", b"x=1", "https://e.com/a?x=1"),
        ("https://e.com/a?b&", b"x", "https://e.com/a?b&x"),
        ("https://e.com/a#top", b"x=1", "https://e.com/a?x=1#top"),
        ("https://e.com/a?b#t?u", b"x=1", "https://e.com/a?b&x=1#t?u"),
        ("https://e.com/", b"q=%2Fa+b;c", "https://e.com/?q=%2Fa+b;c"),
        ("https://e.com/", b"q=a b\xff\r\n", "https://e.com/?q=a%20b%FF%0D%0A"),
    ],
)
def test_the_query_is_passed_on_raw_and_in_its_place(url: str, query: bytes, expected: str) -> None:
    assert forward_query(url, query) == expected
