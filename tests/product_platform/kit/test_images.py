import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from product_platform.kit.images import CleanImage, UnfitImageError, clean_image

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{}</svg>'
PIXEL = "https://evil.example/pixel.png"


def draw(kind: str = "PNG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **options) -> bytes:
    out = BytesIO()
    Image.new(mode, size, "orange" if mode == "RGB" else None).save(out, kind, **options)
    return out.getvalue()


def open_image(clean: CleanImage) -> Image.Image:
    return Image.open(BytesIO(clean.content))


def png_that_claims(width: int, height: int) -> bytes:
    """Make a tiny file that would decode to a huge picture."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1_000))) + chunk(b"IEND", b"")


async def refused(content: bytes) -> str:
    with pytest.raises(UnfitImageError) as refusal:
        await clean_image(content)
    return refusal.value.code


class TestRasters:
    @pytest.mark.parametrize(
        ("kind", "ending"), [("JPEG", ".jpg"), ("PNG", ".png"), ("GIF", ".png"), ("WEBP", ".png")]
    )
    async def test_a_picture_is_drawn_anew(self, kind, ending):
        clean = await clean_image(draw(kind))
        assert clean.ending == ending
        image = open_image(clean)
        assert image.size == (40, 20)
        red, green, blue = image.convert("RGB").getpixel((5, 5))
        assert abs(red - 255) + abs(green - 165) + abs(blue) < 12

    async def test_nothing_but_what_it_shows_is_left(self):
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "<script>secret</script>")
        exif = Image.Exif()
        exif[0x010E] = "secret"
        for content in (
            draw(pnginfo=text) + b"<?php secret ?>",
            draw("JPEG", exif=exif.tobytes(), comment=b"secret"),
        ):
            assert b"secret" in content
            assert b"secret" not in (await clean_image(content)).content

    async def test_a_camera_held_upright_is_heeded(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        assert open_image(await clean_image(draw("JPEG", exif=exif.tobytes()))).size == (20, 40)

    async def test_what_shines_through_stays_so(self):
        image = open_image(await clean_image(draw(mode="RGBA")))
        assert image.getpixel((0, 0))[3] == 0

    @pytest.mark.parametrize(("mode", "drawn"), [("1", "L"), ("L", "L"), ("P", "RGB"), ("LA", "RGBA")])
    async def test_no_more_is_drawn_than_it_shows(self, mode, drawn):
        assert open_image(await clean_image(draw(mode=mode))).mode == drawn

    async def test_a_large_picture_becomes_smaller(self):
        assert open_image(await clean_image(draw(size=(4_000, 1_000)))).size == (2_048, 512)

    async def test_of_an_animation_the_first_frame_is_left(self):
        frames = [Image.new("P", (8, 8), colour) for colour in range(3)]
        out = BytesIO()
        frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
        assert getattr(open_image(await clean_image(out.getvalue())), "n_frames", 1) == 1

    @pytest.mark.parametrize("size", [(40_001, 1_000), (2**31 - 1, 2**31 - 1)])
    async def test_a_bomb_is_refused_before_it_is_decoded(self, size):
        assert await refused(png_that_claims(*size)) == "image_too_many_pixels"

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"x",
            b"\x89PNG\r\n\x1a\n",
            draw()[:-30],
            draw("JPEG")[:200],
            draw("BMP"),
            draw("TIFF"),
            draw("PDF"),
            b"GIF89a" + bytes(100),
            b"RIFF\x00\x00\x00\x00WEBPVP8 ",
            png_that_claims(0, 0),
        ],
        ids=range(11),
    )
    async def test_what_is_no_picture_is_refused(self, content):
        assert await refused(content) == "image_unreadable"


class TestSvg:
    @pytest.mark.parametrize(
        "evil",
        [
            "<script>alert(1)</script>",
            '<rect onclick="alert(1)"/>',
            '<a href="javascript:alert(1)"><rect/></a>',
            f'<image href="{PIXEL}"/>',
            f'<image xmlns:x="http://www.w3.org/1999/xlink" x:href="{PIXEL}"/>',
            f'<use href="{PIXEL}#a"/>',
            f'<rect style="fill:url({PIXEL})"/>',
            '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><form/></body></foreignObject>',
            '<animate attributeName="href" to="https://x.example"/>',
            '<set attributeName="onclick" to="x"/>',
        ],
    )
    async def test_it_neither_acts_nor_loads(self, evil):
        clean = await clean_image(SVG.format(f"<circle r='3'/>{evil}").encode())
        assert clean.ending == ".svg"
        assert b"<circle" in clean.content
        for trace in (b"alert", b"script", b"evil.example", b"form", b"onclick", b"attributeName"):
            assert trace not in clean.content, clean.content

    async def test_what_drawing_programs_write_is_read(self):
        head = '\ufeff<?xml version="1.0"?><!-- Drawn --><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">'
        assert b"<path" in (await clean_image((head + SVG.format('<path d="M0 0"/>')).encode())).content

    @pytest.mark.parametrize(
        "content",
        [
            b"<html><script/></html>",
            b"<svg><g/></svg>",
            b"<svg",
            SVG.format("<g>").encode(),
            b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaa">]>' + SVG.format("&a;").encode(),
            b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
            + SVG.format("").encode(),
        ],
    )
    async def test_what_is_no_drawing_is_refused(self, content):
        assert await refused(content) == "image_unreadable"

    @pytest.mark.parametrize("inner", ["<g>" * 100 + "</g>" * 100, "<g/>" * 50_000])
    async def test_what_would_keep_us_busy_is_refused(self, inner):
        assert await refused(SVG.format(inner).encode()) == "image_too_many_elements"
