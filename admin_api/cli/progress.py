"""Tells on stderr how far a long command is."""

from typing import Self, TextIO

_EVERY = 10_000


class Progress:
    """One line that changes on a terminal; elsewhere a line each time that ten thousand more are done."""

    def __init__(self, what: str, stream: TextIO) -> None:
        self._what = what
        self._stream = stream
        self._shown = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._shown and self._stream.isatty():
            print(file=self._stream)

    def show(self, done: int) -> None:
        """Show that this many are done."""
        if self._stream.isatty():
            print(f"\r{done} {self._what} read", end="", file=self._stream, flush=True)
        elif done // _EVERY > self._shown // _EVERY:
            print(f"{done} {self._what} read", file=self._stream, flush=True)
        else:
            return
        self._shown = done
