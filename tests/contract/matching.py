"""Whether an answer is what a case wants: at least that, where it is an object."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_PATTERNS = {
    "<id>": r"[2-9A-HJ-NP-Za-km-z]{22}",
    "<time>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
    "<uuid>": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "<url>": r"https?://\S+",
    "<key>": r"c(sb|su|pk)_[A-Za-z0-9]{32}_[0-9a-f]{8}",
    "<token>": r"[A-Za-z0-9_-]{20,}",
}


def find_difference(want: Any, got: Any, at: str = "answer") -> str | None:
    """Return where *got* is not what is wanted, None where it is.

    Of an object the members that are named count, of a list all. `<id>` and its like stand for a form,
    `<any>` for anything.
    """
    if isinstance(want, Mapping):
        return _find_in_object(want, got, at)
    if isinstance(want, list):
        return _find_in_list(want, got, at)
    if want == "<any>":
        return None
    if isinstance(want, str) and want in _PATTERNS:
        is_wanted = isinstance(got, str) and re.fullmatch(_PATTERNS[want], got) is not None
    else:
        is_wanted = want == got and type(want) is type(got)
    return None if is_wanted else f"{at} is {got!r}, wanted {want!r}"


def _find_in_object(want: Mapping[str, Any], got: Any, at: str) -> str | None:
    if not isinstance(got, Mapping):
        return f"{at} is {got!r}, no object"
    if missing := [name for name in want if name not in got]:
        return f"{at} has no {missing}: {got!r}"
    return _first(find_difference(want[name], got[name], f"{at}.{name}") for name in want)


def _find_in_list(want: list[Any], got: Any, at: str) -> str | None:
    if not isinstance(got, list) or len(got) != len(want):
        return f"{at} is {got!r}, wanted {want!r}"
    pairs = enumerate(zip(want, got, strict=True))
    return _first(find_difference(*pair, f"{at}[{index}]") for index, pair in pairs)


def _first(differences: Iterable[str | None]) -> str | None:
    return next((each for each in differences if each is not None), None)
