"""The browser that pages are looked at with."""

import os
import shutil

import pytest

# Set where there must be a browser, so that its absence is no reason to leave these out.
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium; .ci/run installs it")
