"""Whether a worker, and those beside it, have a table to answer from: what `/readyz` tells."""

import time
from collections.abc import Callable

from resolver.holder import Holder

OTHERS_SECONDS = 0.5
"""After so long the other workers of the host have what this one has."""


class Readiness:
    """Speaks for the workers of a host, of which any may be asked.

    They all wait for the same files. One that has found them only after it began is ready when the others
    had time to find them as well.
    """

    def __init__(self, holder: Holder, now: Callable[[], float] = time.monotonic) -> None:
        self._holder = holder
        self._now = now
        self._loaded_at: float | None = None
        self._is_ending = False

    def begin(self) -> None:
        """Take requests from now on; with a table, this worker is ready at once, and so are the others."""
        if self._holder.is_loaded:
            self._loaded_at = self._now() - OTHERS_SECONDS

    def end(self) -> None:
        """Ask for no more traffic; what comes all the same is answered."""
        self._is_ending = True

    @property
    def is_ready(self) -> bool:
        """Whether traffic may come."""
        if self._is_ending or not self._holder.is_loaded:
            return False
        if self._loaded_at is None:
            self._loaded_at = self._now()
        return self._now() - self._loaded_at >= OTHERS_SECONDS
