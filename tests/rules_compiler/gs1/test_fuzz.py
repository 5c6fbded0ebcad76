"""Mutated links by the hundred thousand: whatever comes, the parser answers or refuses with a typed error.

`make test-deep` tries a million.
"""

import os
import random
from collections import Counter

from rules_compiler.gs1 import EDGE, LENIENT, STRICT, DigitalLink, DigitalLinkError, parse_path

LINKS = int(os.environ.get("FUZZ_LINKS", "100000"))
SEEDS = [
    seed.encode()
    for seed in (
        "/01/09520000100018/22/2A/10/LOT7/21/S-42?17=270131&3103=000750&linkType=gs1:pip",
        "/00/395200001000000019?02=09520000100018&37=12&10=LOT7",
        "/01/09520000100018/21/a%2Fb%22c%25?99=1&utm_source=qr",
        "/8006/095200001000180103/21/X?4300=A%2520B",
        "/8013/9520000100MODEL1NL",
        "/eh3036450e0009c4400000002a?17=270131",
        "/exMDZFDgAJxEAAAAAq",
    )
]
PIECES = [
    b"",
    b"/",
    b"%",
    b"%2F",
    b"%00",
    b"%zz",
    b"&",
    b"=",
    b"?",
    b"#",
    b"01",
    b"eh",
    b"ex",
    b"\xff",
    b"9" * 40,
]


def mutate(chance: random.Random) -> bytes:
    link = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(link) + 1)
        piece = chance.choice(PIECES) if chance.random() < 0.5 else bytes([chance.randrange(256)])
        link[at : at + chance.choice((0, 0, 1, 1, 5))] = piece
    return bytes(link)


def test_mutated_links_are_read_or_refused() -> None:
    chance = random.Random(20260115)
    seen: Counter[str] = Counter()
    for _ in range(LINKS):
        raw_path, _, raw_query = mutate(chance).partition(b"?")
        options = chance.choice((STRICT, EDGE, LENIENT))
        try:
            seen[type(parse_path(raw_path, raw_query, options)).__name__] += 1
        except DigitalLinkError as error:
            seen[error.code] += 1
    assert seen[DigitalLink.__name__] > LINKS // 100
    assert len(seen) > 15
