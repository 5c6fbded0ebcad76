import pytest

from product_platform.products.errors import CodeTooSmallError
from product_platform.products.schemas.codes import CodeFormat, QrContent
from product_platform.products.service.codes import render_qr, to_uri
from tests.product_platform.products.codes.images import open_image, scan

ROOT = "https://id.example.com"
GTIN = "09520000100018"
URI = f"{ROOT}/01/{GTIN}/10/A%2FB/21/S%251?17=270131"


class TestToUri:
    def test_a_product(self) -> None:
        assert to_uri(ROOT, GTIN, QrContent()) == f"{ROOT}/01/{GTIN}"

    def test_a_lot_before_its_serial_both_encoded_and_the_expiry_last(self) -> None:
        assert to_uri(ROOT, GTIN, QrContent(serial="S%1", lot="A/B", expiry="270131")) == URI

    def test_a_root_may_have_a_path(self) -> None:
        assert to_uri("https://example.com/id", GTIN, QrContent()) == f"https://example.com/id/01/{GTIN}"


class TestRenderQr:
    @pytest.mark.parametrize("image_format", list(CodeFormat))
    def test_every_format_reads_back(self, image_format: CodeFormat) -> None:
        image = open_image(render_qr(URI, image_format, size_px=400), image_format)
        assert scan(image) == [("]Q1", URI)]

    @pytest.mark.parametrize("size", [50, 51, 400, 999])
    @pytest.mark.parametrize("image_format", [CodeFormat.PNG, CodeFormat.TIF])
    def test_pixels_measure_what_was_asked(self, image_format: CodeFormat, size: int) -> None:
        image = open_image(render_qr(URI, image_format, size_px=size), image_format)
        assert image.size == (size, size)
        assert scan(image) == [("]Q1", URI)]

    @pytest.mark.parametrize(
        ("image_format", "size"),
        [
            (CodeFormat.SVG, b'width="400" height="400"'),
            (CodeFormat.PDF, b"/MediaBox[0 0 400 400]"),
            (CodeFormat.EPS, b"%%BoundingBox: 0 0 400 400"),
        ],
    )
    def test_vectors_measure_what_was_asked(self, image_format: CodeFormat, size: bytes) -> None:
        assert size in render_qr(URI, image_format, size_px=400)

    def test_a_module_in_millimetres_overrules_the_size(self) -> None:
        svg = render_qr(ROOT, CodeFormat.SVG, size_px=400, xdim_mm=0.5).decode()
        modules = int(svg.partition('viewBox="0 0 ')[2].partition(" ")[0])
        assert f'width="{modules * 0.5:g}mm"' in svg

    @pytest.mark.parametrize("image_format", [CodeFormat.PNG, CodeFormat.TIF])
    def test_pixels_print_their_modules_in_millimetres(self, image_format: CodeFormat) -> None:
        image = open_image(render_qr(URI, image_format, size_px=400, xdim_mm=0.5), image_format)
        width_mm = image.width / float(image.info["dpi"][0]) * 25.4
        assert width_mm == pytest.approx(45 * 0.5, abs=0.01)
        assert scan(image) == [("]Q1", URI)]

    def test_eps_prints_with_black_ink_alone_when_asked(self) -> None:
        assert b"0 0 0 1 setcmykcolor" in render_qr(URI, CodeFormat.EPS, size_px=400, cmyk=True)
        assert b"cmyk" not in render_qr(URI, CodeFormat.EPS, size_px=400)

    @pytest.mark.parametrize("image_format", list(CodeFormat))
    def test_the_same_request_gives_the_same_bytes(self, image_format: CodeFormat) -> None:
        first = render_qr(URI, image_format, size_px=300)
        render_qr.cache_clear()
        assert render_qr(URI, image_format, size_px=300) == first

    def test_fewer_pixels_than_modules_are_refused(self) -> None:
        with pytest.raises(CodeTooSmallError):
            render_qr(URI + "x" * 200, CodeFormat.PNG, size_px=50)
