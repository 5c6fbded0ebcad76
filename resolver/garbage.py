"""How a serving process treats cyclic garbage: it looks at what is young alone."""

import gc

_YOUNG_OBJECTS = 5_000
_NEVER = 1_000_000_000


def settle_collector() -> None:
    """Leave all that lives now to itself, and never again walk through what has lived for a while.

    Kept answers and tables are many, live long and hold no cycles; a walk through all of them would
    hold up every request. The few cycles that requests make are young when they end.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, _NEVER, _NEVER)
