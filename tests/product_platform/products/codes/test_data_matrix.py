import pytest

from product_platform.products.schemas.codes import CodeFormat, DataMatrixIn
from product_platform.products.service.codes import render_data_matrix, to_elements
from tests.product_platform.products.codes.images import open_image, scan

GTIN = "09520000100018"


class TestRenderDataMatrix:
    @pytest.mark.parametrize("image_format", [CodeFormat.SVG, CodeFormat.PNG, CodeFormat.PDF])
    @pytest.mark.parametrize(
        ("content", "text"),
        [
            ({"lot": "A1"}, f"(01){GTIN}(10)A1"),
            ({"serial": "S/1"}, f"(01){GTIN}(21)S/1"),
            ({"lot": "A(1)B", "serial": "7", "expiry": "270131"}, f"(01){GTIN}(17)270131(10)A(1)B(21)7"),
            (
                {"lot": "A" * 20, "serial": "!\"%&'()*+,-./:;<=>?_"},
                f"(01){GTIN}(10){'A' * 20}(21)!\"%&'()*+,-./:;<=>?_",
            ),
        ],
    )
    def test_it_reads_back_as_gs1_element_string(
        self, content: dict[str, str], text: str, image_format: CodeFormat
    ) -> None:
        elements = to_elements(GTIN, DataMatrixIn(gtin=GTIN, **content))
        assert scan(open_image(render_data_matrix(elements, image_format), image_format)) == [("]d2", text)]

    @pytest.mark.parametrize("image_format", [CodeFormat.SVG, CodeFormat.PNG, CodeFormat.PDF])
    def test_the_same_request_gives_the_same_bytes(self, image_format: CodeFormat) -> None:
        elements = (("01", GTIN), ("10", "A1"))
        first = render_data_matrix(elements, image_format)
        render_data_matrix.cache_clear()
        assert render_data_matrix(elements, image_format) == first
