"""Runs `signpost` as `python -m admin_api`."""

import sys

from admin_api.cli import main

sys.exit(main())
