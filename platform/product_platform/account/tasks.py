"""What the jobs of this domain do."""

from collections.abc import Mapping
from typing import Final

from product_platform.account.service.invitations import SEND_LINK, send_link
from product_platform.account.service.tombstones import PURGE, purge
from product_platform.kit.jobs import Handler

JOBS: Final[Mapping[str, Handler]] = {PURGE: purge, SEND_LINK: send_link}
"""The handler of each kind of job."""
