"""What was asked for lately, remembered in fixed room: a trace of each, which the next ones overwrite."""

_SLOTS = 1 << 18
_TRACE_SHIFT = 20
_TRACE = 0xFF


class SeenLately:
    """Tells what is asked for again from what is asked for once; one in 256 is mistaken for another."""

    __slots__ = ("_traces",)

    def __init__(self) -> None:
        self._traces = bytearray(_SLOTS)

    def note(self, key: bytes | str) -> bool:
        """Return whether *key* was noted lately, and note it."""
        hashed = hash(key)
        slot, trace = hashed % _SLOTS, hashed >> _TRACE_SHIFT & _TRACE
        is_known = self._traces[slot] == trace
        self._traces[slot] = trace
        return is_known
