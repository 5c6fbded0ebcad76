"""Hostile requests by the hundred thousand: the edge answers or refuses each of them, at once.

`make fuzz` tries two million.
"""

import random

import pytest

from tests.fuzz.edge import EdgeFuzz, FaultError, ask
from tests.fuzz.grammar import Hostile, Mutator
from tests.fuzz.oracle import find_fault
from tests.fuzz.world import make_targets

INPUTS = 60_000
SEED = 20260115


def test_no_request_breaks_or_slows_the_edge() -> None:
    fuzz = EdgeFuzz(SEED)
    fuzz.run(INPUTS)
    statuses = {sign.partition(" ")[0] for sign in fuzz.seen}
    assert statuses >= {"200", "204", "300", "302", "307", "400", "404", "405", "414", "422", "429"}


def test_a_seed_makes_the_same_requests_again() -> None:
    first, second = Mutator(7), Mutator(7)
    assert [first.make() for _ in range(500)] == [second.make() for _ in range(500)]


@pytest.mark.parametrize(
    ("status", "headers", "body", "fault"),
    [
        (500, [], b"", "status 500"),
        (307, [(b"location", b"https://evil.example/")], b"", "leads where no rule leads"),
        (307, [(b"location", b"javascript:alert(1)")], b"", "leads where no rule leads"),
        (307, [(b"location", b"https://example.com/\r\nset-cookie: a=1")], b"", "a header that is none"),
        (200, [(b"content-length", b"1"), (b"content-type", b"text/html")], b"no", "2 bytes"),
        (200, [(b"content-length", b"8"), (b"content-type", b"text/html")], b"<X-Evil>", "markup"),
        (200, [(b"content-length", b"1"), (b"content-type", b"application/json")], b"{", "no JSON"),
    ],
)
def test_the_oracle_sees_what_is_wrong(
    status: int, headers: list[tuple[bytes, bytes]], body: bytes, fault: str
) -> None:
    sent = [
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body},
    ]
    assert fault in str(find_fault("GET", sent))


def test_a_slow_answer_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.edge.MAX_CPU_S", 0.0)
    with pytest.raises(FaultError, match="takes"):
        EdgeFuzz(SEED).run(1)


LONG = 32_000
UNITS = (
    b"a", b"9", b"%", b"%41", b"%2F", b"/", b"/10/A", b"&", b"&a=b", b"=", b",", b",a/b;q=0.1", b";", b";q=1",
    b", fr-CA;q=0.5", b"-a", b" ", b"\t", b"\xff", b"{", b'"', b"<", b"+", b".", b"127.0.0.1,", b"::", b":1",
)  # fmt: skip
NAMES = (b"accept", b"accept-language", b"user-agent", b"host", b"if-none-match", b"x-forwarded-for")


@pytest.mark.parametrize("unit", UNITS, ids=repr)
def test_no_pattern_makes_long_input_slow(unit: bytes) -> None:
    """What is read by regular expressions and loops takes a time that does not explode with length."""
    path, chance = b"/01/09506000134352", random.Random(SEED)
    text = unit * (LONG // len(unit))
    requests = [Hostile(b"GET", path, b"", ((name, text),)) for name in NAMES]
    requests += [Hostile(b"GET", (path + text)[:8_000], b"", ()), Hostile(b"GET", path, text[:8_000], ())]
    fuzz = EdgeFuzz(chance.randrange(1_000))
    for request in requests:
        for target in make_targets():
            fuzz._try(target, request, "192.0.2.7")
            assert find_fault("GET", ask(target, request)) is None
