"""What `signpost up` tells a person once it answers."""

import io
from importlib.metadata import version
from pathlib import Path

import segno

from admin_api.demo import DEMO_URLS


def render_banner(root: str, data_dir: Path, *, has_demo: bool) -> str:
    """Return the text; every URL to try begins its line, and what it does follows on the next."""
    lines = [
        "",
        f"Signpost {version('signpost')} answers at {root}",
        f"The owner's API key is in {data_dir / 'owner.json'}",
    ]
    if has_demo:
        lines += ["", "Try these:"]
        for demo in DEMO_URLS:
            lines += [f"  {root}{demo.path}", f"      {demo.shows}: {demo.status} to {demo.location}"]
    return "\n".join([*lines, ""])


def render_code(url: str) -> str:
    """Return the QR code of *url* as it is drawn on a terminal."""
    drawing = io.StringIO()
    segno.make(url, micro=False).terminal(drawing, compact=True)
    return drawing.getvalue()
