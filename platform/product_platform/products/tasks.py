"""What the jobs of this domain do."""

from collections.abc import Mapping
from typing import Final

from product_platform.kit.jobs import Handler
from product_platform.products.service.prefixes import MATCH_PREFIXES, match_prefixes

JOBS: Final[Mapping[str, Handler]] = {MATCH_PREFIXES: match_prefixes}
"""The handler of each kind of job."""
