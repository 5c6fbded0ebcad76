import os
import sys

import pytest

from loadtests.memory import Memory, parse_rollup, read_memory

ROLLUP = """00400000-7ffc [rollup]
Rss:              884 kB
Pss:              385 kB
Pss_Anon:         301 kB
Pss_File:          84 kB
"""


class TestParseRollup:
    def test_it_tells_what_is_the_process_own(self) -> None:
        assert parse_rollup(ROLLUP) == Memory(385 * 1024, 301 * 1024)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux counts it")
class TestReadMemory:
    def test_this_process_has_some(self) -> None:
        found = read_memory(os.getpid())
        assert 1_000_000 < found.anonymous <= found.proportional
