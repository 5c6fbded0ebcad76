"""What a process may hold open before it serves."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource
from admin_api.cli.serving import raise_file_limit
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard} or hard))
raise_file_limit()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(("soft", "hard", "raised"), [(256, 4096, "4096 4096"), (2048, 2048, "2048 2048")])
def test_connections_are_limited_by_the_system_alone(soft: int, hard: int, raised: str) -> None:
    program = PROGRAM.format(soft=soft, hard=hard)
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == raised
