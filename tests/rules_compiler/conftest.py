"""How long the property tests look: `HYPOTHESIS_PROFILE=deep` looks twenty times as long."""

import os

from hypothesis import settings

settings.register_profile("deep", max_examples=2_000)
if "HYPOTHESIS_PROFILE" in os.environ:
    settings.load_profile(os.environ["HYPOTHESIS_PROFILE"])
