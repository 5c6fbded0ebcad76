"""How often a process looks for garbage that reference counting leaves."""

import gc

# A change set makes some hundred thousand objects that live and die together. Looking through them each
# time that 2,000 more are there, as Python does by itself, is a sixth of the work of publishing.
_YOUNG = 50_000
_YOUNG_BEFORE_MIDDLE = 20
_MIDDLE_BEFORE_ALL = 100


def collect_rarely() -> None:
    """Look for cyclic garbage less often, and not at all through what is there already."""
    gc.freeze()
    gc.set_threshold(_YOUNG, _YOUNG_BEFORE_MIDDLE, _MIDDLE_BEFORE_ALL)
