"""Templates to fill: each is rendered once, and texts are put in its places again and again."""

from functools import lru_cache
from html import escape
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

STYLE = files("resolver.pages").joinpath("page.css").read_text(encoding="utf-8")
"""The one style of our pages."""

_TEMPLATES = Environment(
    loader=PackageLoader("resolver.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_TEMPLATES.globals.update(style=Markup(STYLE))  # noqa: S704 - our own file
# A form is what a template says to those facts that an item has, and holds the style: some 15 kB. A
# catalogue has a few; one that is not kept is rendered once more.
_KNOWN_FORMS = 128


def fill(template: str, **texts: str) -> bytes:
    """Return *template* with *texts* in their places; what is no markup is escaped.

    A template may ask no more of a text than whether it is empty.
    """
    contents, names = _form_of(template, tuple(texts), tuple(map(bool, texts.values())))
    written = {name: _to_bytes(text) for name, text in texts.items() if text}
    parts = [*contents]
    parts[1::2] = [written[name] for name in names]
    return b"".join(parts)


def split(template: str, *names: str, **values: object) -> list[str]:
    """Return what *template* says to *values*, cut at the places of *names*: texts and names by turns."""
    # Marks stand in for the texts of others, which are never looked at: they may hold a mark too.
    marks = {name: f"\0{name}\0" for name in names}
    return _TEMPLATES.get_template(template).render(**marks, **values).split("\0")


@lru_cache(maxsize=_KNOWN_FORMS)
def _form_of(
    template: str, names: tuple[str, ...], are_filled: tuple[bool, ...]
) -> tuple[list[bytes], list[str]]:
    """Return the parts of a template, every other of them a place to fill, and the names of these."""
    filled = [name for name, is_filled in zip(names, are_filled, strict=True) if is_filled]
    parts = split(template, *filled, **dict.fromkeys(set(names).difference(filled), ""))
    return [part.encode() for part in parts], parts[1::2]


def _to_bytes(text: str) -> bytes:
    written = text if isinstance(text, Markup) else escape(text)
    # Paths come as bytes that need not be text.
    return written.encode("utf-8", "replace")
