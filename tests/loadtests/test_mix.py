import random
from collections import Counter
from itertools import islice, pairwise

import pytest

from loadtests.data import gtin_of
from loadtests.mix import SHARES, Ask, Kind, Mix, Zipf, index_of_rank
from rules_compiler.gs1 import EDGE, DigitalLinkError, parse_path

SIZE = 1_000


def asks(count: int, seed: int = 0) -> list[Ask]:
    return list(islice(Mix(SIZE, seed).asks(), count))


class TestMix:
    def test_the_shares_of_every_hundred_are_exact(self) -> None:
        drawn = asks(500)
        for first in range(0, 500, 100):
            assert Counter(ask.kind for ask in drawn[first : first + 100]) == SHARES

    def test_the_shares_are_those_of_the_design(self) -> None:
        assert SHARES[Kind.GTIN] == 60
        assert SHARES[Kind.KNOWN_LEVEL] + SHARES[Kind.UNKNOWN_LEVEL] == 20
        assert (SHARES[Kind.LINK_TYPE], SHARES[Kind.LINKSET], SHARES[Kind.JSON]) == (8, 5, 3)
        assert SHARES[Kind.UNKNOWN] + SHARES[Kind.BAD] == 4

    def test_a_seed_draws_the_same_again(self) -> None:
        assert asks(300, seed=7) == asks(300, seed=7)
        assert asks(300, seed=7) != asks(300, seed=8)

    def test_bad_ones_are_malformed_and_no_others(self) -> None:
        for ask in asks(400):
            try:
                parse_path(ask.path.encode(), ask.query.encode(), EDGE)
            except DigitalLinkError:
                assert ask.kind is Kind.BAD
            else:
                assert ask.kind is not Kind.BAD

    def test_requests_are_spelled_as_http_has_it(self) -> None:
        raw = asks(1)[0].to_bytes().decode()
        assert raw.startswith("GET /01/")
        assert raw.endswith("\r\n\r\n")
        assert "\r\nHost: id.example.org\r\n" in raw

    def test_there_are_dozens_of_combinations_of_headers(self) -> None:
        assert len({(ask.client, ask.host) for ask in asks(3_000)}) > 36


class TestZipf:
    @pytest.mark.parametrize("rank", [0, 1, 4])
    def test_a_rank_is_drawn_as_often_as_the_law_says(self, rank: int) -> None:
        zipf, chance = Zipf(SIZE), random.Random(1)
        drawn = Counter(zipf.draw(chance) for _ in range(20_000))
        assert drawn[rank] / 20_000 == pytest.approx(zipf.share_of(rank), rel=0.1)

    def test_ranks_come_in_the_proportion_of_their_places(self) -> None:
        zipf = Zipf(SIZE)
        assert zipf.share_of(0) / zipf.share_of(9) == pytest.approx(10)
        assert sum(map(zipf.share_of, range(SIZE))) == pytest.approx(1)


class TestIndexOfRank:
    @pytest.mark.parametrize("size", [50, 1_000, 100_000])
    def test_every_product_has_one_rank(self, size: int) -> None:
        assert {index_of_rank(rank, size) for rank in range(size)} == set(range(size))

    def test_the_popular_ones_are_spread(self) -> None:
        popular = sorted(index_of_rank(rank, 100_000) for rank in range(100))
        assert max(after - before for before, after in pairwise(popular)) < 10_000
        assert gtin_of(popular[0]) != gtin_of(popular[1])
