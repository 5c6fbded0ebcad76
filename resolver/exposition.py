"""Numbers as Prometheus reads them: its text format, version 0.0.4."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_HISTOGRAM_SUFFIXES = ("_bucket", "_sum", "_count")


class Family(NamedTuple):
    """What all series of one name have in common."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str


def to_series(name: str, label: str, value: object) -> str:
    """Return the series of *name* with one label; its values are ours, and none needs escapes."""
    return f'{name}{{{label}="{value}"}}'


def render(families: Iterable[Family], numbers: Mapping[str, float]) -> bytes:
    """Return *numbers* by family, in their own order; what no family knows is left out."""
    by_name: dict[str, list[str]] = {}
    for series, number in numbers.items():
        by_name.setdefault(series.partition("{")[0], []).append(f"{series} {number!r}\n")
    return "".join(line for family in families for line in _render_family(family, by_name)).encode()


def _render_family(family: Family, by_name: Mapping[str, list[str]]) -> Iterator[str]:
    suffixes = _HISTOGRAM_SUFFIXES if family.kind == "histogram" else ("",)
    lines = [line for suffix in suffixes for line in by_name.get(family.name + suffix, ())]
    if lines:
        yield f"# HELP {family.name} {family.help}\n# TYPE {family.name} {family.kind}\n"
        yield from lines
