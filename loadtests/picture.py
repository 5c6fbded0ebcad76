"""Draws rates as bars, to be looked at in a light or a dark page."""

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

_WIDTH, _LEFT, _RIGHT = 760, 190, 130
_TOP, _STEP, _BAR = 64, 34, 20

_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 15px; font-weight: 600 }
  .note { font-size: 12px; fill: #57606a }
  .bar { fill: #afb8c1 }
  .ours { fill: #0969da }
  .target { stroke: #cf222e; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .note { fill: #9198a1 }
    .bar { fill: #57606a }
    .ours { fill: #4493f8 }
    .target { stroke: #ff7b72 }
  }
"""


class Bar(NamedTuple):
    """One service: its rate, that rate as a share of the bare callable's, and what the share should be."""

    name: str
    rate: float
    ratio: float
    target: float | None = None


def draw(bars: Sequence[Bar], title: str, note: str) -> str:
    """Return the picture as SVG. A bar with a target is one of ours, and the target a line across it."""
    widest = max(bar.ratio for bar in bars)
    height = _TOP + _STEP * len(bars) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="16" y="26">{escape(title)}</text>',
        f'<text class="note" x="16" y="46">{escape(note)}</text>',
    ]
    for place, bar in enumerate(bars):
        parts += _draw_bar(bar, _TOP + place * _STEP, (_WIDTH - _LEFT - _RIGHT) / widest)
    return "\n".join([*parts, "</svg>", ""])


def _draw_bar(bar: Bar, top: int, scale: float) -> list[str]:
    width, middle = bar.ratio * scale, top + _BAR - 5
    end = max(bar.ratio, bar.target or 0) * scale
    kind = "bar" if bar.target is None else "ours"
    parts = [
        f'<text x="{_LEFT - 10}" y="{middle}" text-anchor="end">{escape(bar.name)}</text>',
        f'<rect class="{kind}" x="{_LEFT}" y="{top}" width="{width:.1f}" height="{_BAR}" rx="2"/>',
        f'<text x="{_LEFT + end + 8:.1f}" y="{middle}">{bar.rate:,.0f}/s · {bar.ratio:.2f}</text>',
    ]
    if bar.target is not None:
        at = _LEFT + bar.target * scale
        parts.append(
            f'<line class="target" x1="{at:.1f}" y1="{top - 3}" x2="{at:.1f}" y2="{top + _BAR + 3}"/>'
        )
    return parts
