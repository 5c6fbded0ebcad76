import io

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from product_platform.products.errors import CodeTooSmallError
from product_platform.products.schemas import CodeFormat, QrIn
from product_platform.products.service.qr import render_qr, to_uri

ROOT = "https://id.example.com"
URI = f"{ROOT}/01/09520000100018/10/A%2FB/21/S%251?17=270131"


def read(image: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(image)]


def open_png(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def rasterize(svg: str, scale: int = 4) -> Image.Image:
    """Draw the one path of our SVG: rectangles one module high."""
    modules = int(svg.partition('viewBox="0 0 ')[2].partition(" ")[0])
    image = Image.new("L", (modules * scale, modules * scale), 255)
    draw = ImageDraw.Draw(image)
    path = svg.rpartition('<path d="')[2].partition('"')[0]
    for run in path.split("z")[:-1]:
        start, _, rest = run.removeprefix("M").partition("h")
        x, y = map(int, start.split())
        length = int(rest.partition("v")[0])
        draw.rectangle((x * scale, y * scale, (x + length) * scale - 1, (y + 1) * scale - 1), fill=0)
    return image


class TestToUri:
    def test_a_product(self) -> None:
        assert to_uri(ROOT, QrIn(gtin="9520000100018")) == f"{ROOT}/01/09520000100018"

    def test_a_lot_before_its_serial_both_encoded_and_the_expiry_last(self) -> None:
        body = QrIn(gtin="9520-0001-0001-8", serial="S%1", lot="A/B", expiry="270131")
        assert to_uri(ROOT, body) == URI

    def test_a_root_may_have_a_path(self) -> None:
        assert to_uri("https://example.com/id", QrIn(gtin="95212340")) == (
            "https://example.com/id/01/00000095212340"
        )


class TestRenderQr:
    @pytest.mark.parametrize("size", [50, 51, 400, 999])
    def test_a_png_reads_back_and_measures_what_was_asked(self, size: int) -> None:
        image = open_png(render_qr(URI, CodeFormat.PNG, size_px=size))
        assert image.size == (size, size)
        assert read(image) == [URI]

    def test_an_svg_reads_back(self) -> None:
        svg = render_qr(URI, CodeFormat.SVG, size_px=400).decode()
        assert 'width="400" height="400"' in svg
        assert read(rasterize(svg)) == [URI]

    def test_a_module_in_millimetres_overrules_the_size(self) -> None:
        svg = render_qr(ROOT, CodeFormat.SVG, size_px=400, xdim_mm=0.5).decode()
        modules = int(svg.partition('viewBox="0 0 ')[2].partition(" ")[0])
        assert f'width="{modules * 0.5:g}mm"' in svg

    def test_a_png_prints_its_modules_in_millimetres(self) -> None:
        image = open_png(render_qr(URI, CodeFormat.PNG, size_px=400, xdim_mm=0.5))
        width_mm = image.width / image.info["dpi"][0] * 25.4
        assert width_mm == pytest.approx(45 * 0.5, abs=0.01)
        assert read(image) == [URI]

    def test_the_same_request_gives_the_same_bytes(self) -> None:
        first = render_qr(URI, CodeFormat.PNG, size_px=300)
        render_qr.cache_clear()
        assert render_qr(URI, CodeFormat.PNG, size_px=300) == first

    def test_fewer_pixels_than_modules_are_refused(self) -> None:
        with pytest.raises(CodeTooSmallError):
            render_qr(URI + "x" * 200, CodeFormat.PNG, size_px=50)
