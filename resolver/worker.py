"""The parts of one edge worker that know how it does."""

from collections.abc import Mapping
from typing import NamedTuple

from resolver.holder import Holder
from resolver.refresh import Refresher
from resolver.scans import ScanReporter
from resolver.tally import Tally


class Worker(NamedTuple):
    """What counts in this process. `others` are the answers of the cold routes, by status."""

    tally: Tally
    others: Mapping[int, int]
    holder: Holder
    refresher: Refresher
    scans: ScanReporter
