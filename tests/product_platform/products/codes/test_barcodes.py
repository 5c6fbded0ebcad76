from dataclasses import replace

import pytest

from product_platform.kit.errors import InvalidError
from product_platform.products.schemas.codes import BarcodeType, CodeFormat
from product_platform.products.service.codes import Layout, choose_carrier, render_barcode
from product_platform.products.service.codes.symbologies import to_upc_e
from tests.product_platform.products.codes.images import open_image, read_pdf, scan

LAYOUT = Layout(
    module_width=0.33, module_height=25, quiet_zone=6.5, font_size=10, write_text=True, embed_font=True
)
FORMATS = [CodeFormat.SVG, CodeFormat.PNG, CodeFormat.EPS, CodeFormat.PDF]
EAN_13, EAN_8, UPC_A, GTIN_14 = "9520000100018", "95212340", "012345678905", "19520000100015"


def draw(
    number: str,
    barcode_type: BarcodeType = BarcodeType.AUTO,
    image_format: CodeFormat = CodeFormat.SVG,
    layout: Layout = LAYOUT,
) -> bytes:
    return render_barcode(choose_carrier(number, barcode_type), layout, image_format)


def codes_of(error: pytest.ExceptionInfo[InvalidError]) -> list[tuple[str, str | None]]:
    return [(detail.field, detail.code) for detail in error.value.details or ()]


class TestRenderBarcode:
    @pytest.mark.parametrize("image_format", FORMATS)
    @pytest.mark.parametrize(
        ("number", "barcode_type", "read"),
        [
            (EAN_13, BarcodeType.EAN13, ("]E0", EAN_13)),
            ("4901234567894", BarcodeType.JAN, ("]E0", "4901234567894")),
            (EAN_8, BarcodeType.EAN8, ("]E4", EAN_8)),
            (UPC_A, BarcodeType.UPCA, ("]E0", "0" + UPC_A)),
            ("012345000065", BarcodeType.UPCE, ("]E0", "0012345000065")),
            (GTIN_14, BarcodeType.ITF14, ("]I", GTIN_14)),
            (GTIN_14, BarcodeType.EAN14, ("]C1", f"(01){GTIN_14}")),
            (EAN_13, BarcodeType.GS1_128, ("]C1", f"(01)0{EAN_13}")),
            (EAN_13, BarcodeType.CODE128, ("]C0", EAN_13)),
            (EAN_13, BarcodeType.CODE39, ("]A", EAN_13)),
            (
                f"(01)0{EAN_13}(17)270131(10)A1",
                BarcodeType.GS1_128,
                ("]C1", f"(01)0{EAN_13}(17)270131(10)A1"),
            ),
        ],
    )
    def test_every_symbology_reads_back(
        self, number: str, barcode_type: BarcodeType, read: tuple[str, str], image_format: CodeFormat
    ) -> None:
        image = open_image(draw(number, barcode_type, image_format), image_format)
        ((identifier, text),) = scan(image)
        assert (identifier[: len(read[0])], text) == read

    @pytest.mark.parametrize("image_format", FORMATS)
    def test_the_same_request_gives_the_same_bytes(self, image_format: CodeFormat) -> None:
        first = draw(EAN_13, image_format=image_format)
        render_barcode.cache_clear()
        assert draw(EAN_13, image_format=image_format) == first

    def test_the_size_is_in_millimetres(self) -> None:
        layout = replace(LAYOUT, module_width=0.5, quiet_zone=5, write_text=False)
        assert b'width="57.5mm" height="25mm"' in draw(EAN_13, layout=layout)  # 95 modules, twice 5 mm

    def test_a_png_prints_its_modules_in_millimetres(self) -> None:
        image = open_image(draw(EAN_13, image_format=CodeFormat.PNG), CodeFormat.PNG)
        width_mm = image.width / float(image.info["dpi"][0]) * 25.4
        assert width_mm == pytest.approx(95 * 0.33 + 13, abs=0.2)

    def test_without_a_quiet_zone_the_bars_begin_at_the_edge(self) -> None:
        svg = draw(EAN_13, layout=replace(LAYOUT, quiet_zone=0)).decode()
        assert '<path d="M0 0h1v' in svg

    def test_without_text_there_is_none(self) -> None:
        assert b"evenodd" not in draw(EAN_13, layout=replace(LAYOUT, write_text=False))

    def test_text_is_drawn_as_outlines_that_need_no_font(self) -> None:
        svg = draw(EAN_13)
        assert svg.count(b"evenodd") == len(EAN_13)
        assert b"font" not in svg

    def test_text_may_be_left_to_the_fonts_of_the_reader(self) -> None:
        layout = replace(LAYOUT, embed_font=False)
        assert b">9</text>" in draw(EAN_13, layout=layout)
        assert "(9) Tj" in read_pdf(draw(EAN_13, image_format=CodeFormat.PDF, layout=layout))
        assert b"(9) dup stringwidth" in draw(EAN_13, image_format=CodeFormat.EPS, layout=layout)

    @pytest.mark.parametrize("font_size", [4, 24])
    def test_text_of_any_size_leaves_the_code_readable(self, font_size: float) -> None:
        layout = replace(LAYOUT, font_size=font_size)
        for number in (EAN_13, EAN_8, UPC_A, GTIN_14):
            image = open_image(draw(number, image_format=CodeFormat.PNG, layout=layout), CodeFormat.PNG)
            assert [text.lstrip("0") for _, text in scan(image)] == [number.lstrip("0")]


class TestChooseCarrier:
    @pytest.mark.parametrize(
        ("number", "identifier"), [(EAN_8, "]E4"), (UPC_A, "]E0"), (EAN_13, "]E0"), (GTIN_14, "]I")]
    )
    def test_auto_goes_by_the_length(self, number: str, identifier: str) -> None:
        ((found, _),) = scan(open_image(draw(number), CodeFormat.SVG))
        assert found.startswith(identifier)

    @pytest.mark.parametrize(
        ("number", "barcode_type"),
        [
            (GTIN_14, BarcodeType.EAN13),
            (EAN_13, BarcodeType.EAN8),
            (EAN_13, BarcodeType.UPCA),
            (EAN_13, BarcodeType.UPCE),
            (UPC_A, BarcodeType.UPCE),
            (EAN_13, BarcodeType.JAN),
            (f"(01)0{EAN_13}", BarcodeType.EAN13),
        ],
    )
    def test_a_symbology_that_does_not_fit_is_refused(self, number: str, barcode_type: BarcodeType) -> None:
        with pytest.raises(InvalidError) as error:
            choose_carrier(number, barcode_type)
        assert codes_of(error) == [("barcode_type", "symbology_does_not_fit")]

    @pytest.mark.parametrize(
        ("number", "code"),
        [
            ("9520000100019", "check_digit"),
            ("(01)09520000100018x(", "not_an_element_string"),
            ("(01)0952000010001", "too_short"),
            ("(05)1", "unknown_ai"),
            ("(01)09520000100018(10)" + "A" * 20 + "(21)" + "B" * 20, "too_long"),
            ("(10)A(10)B", "ai_repeated"),
        ],
    )
    def test_a_number_that_is_none_is_refused(self, number: str, code: str) -> None:
        with pytest.raises(InvalidError) as error:
            choose_carrier(number, BarcodeType.GS1_128)
        assert codes_of(error) == [("gtin", code)]


class TestToUpcE:
    @pytest.mark.parametrize(
        ("gtin", "short"),
        [
            ("00012345000065", "01234565"),
            ("00012100000343", "01203413"),
            ("00012200000342", "01203422"),
            ("00012300000034", "01230334"),
            ("00012340000015", "01234145"),
            ("00012345678905", None),
            ("09520000100018", None),
        ],
    )
    def test_zeros_are_left_out_where_they_can_be(self, gtin: str, short: str | None) -> None:
        found = to_upc_e(gtin)
        assert (found and found[:7]) == (short and short[:7])
