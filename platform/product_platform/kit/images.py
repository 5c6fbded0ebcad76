"""Pictures that strangers send: drawn anew from what they show, so that nothing else of the file is left."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from xml.parsers import expat

from PIL import Image, ImageOps
from py_svg_hush import filter_svg

MAX_PIXELS: Final = 40_000_000
"""A picture with more, as it says itself, is not decoded: that would take 160 MB."""

_MAX_SIDE: Final = 2048
_FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP")
_JPEG_QUALITY: Final = 88
_SVG_NAMESPACE: Final = "http://www.w3.org/2000/svg"
_MAX_SVG_DEPTH: Final = 100
_MAX_SVG_ELEMENTS: Final = 50_000
# What Pillow raises for files that are broken, on purpose or not.
_BROKEN: Final = (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, OverflowError)
# So many at a time, while others wait: their memory is bounded, and the process goes on serving.
_THREADS: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="image")

# The limit is ours, and looked at before anything is decoded.
Image.MAX_IMAGE_PIXELS = None


class UnfitImageError(Exception):
    """A file is no picture that is taken; `code` says why, the message also what to do."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True)
class CleanImage:
    """A picture drawn anew; `ending` is that of its file name."""

    content: bytes
    ending: str


async def clean_image(content: bytes) -> CleanImage:
    """Return what a JPEG, PNG, GIF, WebP or SVG shows; of an animation its first frame.

    Rasters have at most 2048 pixels a side, and none of their metadata. An SVG has no scripts, and
    loads nothing. Raises UnfitImageError.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _clean, content)


def _clean(content: bytes) -> CleanImage:
    return _clean_svg(content) if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" else _redraw(content)


def _redraw(content: bytes) -> CleanImage:
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UnfitImageError(
                    f"It has {image.width} x {image.height} pixels. Send at most {MAX_PIXELS} together.",
                    "image_too_many_pixels",
                )
            is_jpeg = image.format == "JPEG"
            drawn = ImageOps.exif_transpose(image).convert(_choose_mode(image))
    except _BROKEN:
        raise _unreadable() from None
    drawn.thumbnail((_MAX_SIDE, _MAX_SIDE))
    bare = Image.frombytes(drawn.mode, drawn.size, drawn.tobytes())
    out = BytesIO()
    if is_jpeg:
        bare.save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    else:
        bare.save(out, "PNG", optimize=True)
    return CleanImage(out.getvalue(), ".jpg" if is_jpeg else ".png")


def _choose_mode(image: Image.Image) -> str:
    """Return the plainest mode that shows the same, for what is not needed takes space."""
    if image.has_transparency_data:
        return "RGBA"
    return "L" if image.mode in {"1", "L"} else "RGB"


def _clean_svg(content: bytes) -> CleanImage:
    try:
        _SvgCheck().run(content)
        return CleanImage(filter_svg(content), ".svg")
    except (expat.ExpatError, ValueError):
        raise _unreadable() from None


class _SvgCheck:
    """Walks over a document once, and refuses what would keep the filter busy or is no drawing."""

    def __init__(self) -> None:
        self._depth = self._elements = 0

    def run(self, content: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._on_start
        parser.EndElementHandler = self._on_end
        parser.EntityDeclHandler = self._on_entity
        parser.Parse(content, True)

    def _on_start(self, name: str, _attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements == 1 and name != f"{_SVG_NAMESPACE} svg":
            raise ValueError(name)
        if self._depth > _MAX_SVG_DEPTH or self._elements > _MAX_SVG_ELEMENTS:
            raise UnfitImageError(
                f"Draw it with at most {_MAX_SVG_ELEMENTS} elements, at most {_MAX_SVG_DEPTH} deep.",
                "image_too_many_elements",
            )

    def _on_end(self, _name: str) -> None:
        self._depth -= 1

    def _on_entity(self, *_: object) -> None:
        raise ValueError("entity")


def _unreadable() -> UnfitImageError:
    return UnfitImageError(
        "It cannot be read as a picture. Send a JPEG, PNG, GIF, WebP or SVG.", "image_unreadable"
    )
