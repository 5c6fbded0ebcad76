"""Codes over the API: their media types, that they may be kept, and what is refused."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from tests.product_platform.products.codes.images import open_image, scan
from tests.product_platform.products.conftest import fields_of

pytestmark = pytest.mark.servers

GTIN = "9520000100018"
BODIES: list[tuple[str, dict[str, Any]]] = [
    ("/qr/", {"gtin": GTIN}),
    ("/barcode/", {"gtin": GTIN}),
    ("/datamatrix/", {"gtin": GTIN, "lot": "A1"}),
]


@pytest.mark.parametrize(("path", "body"), BODIES)
class TestEveryCode:
    async def test_it_is_svg_unless_said_and_may_be_kept_for_a_month(
        self, client: httpx2.AsyncClient, path: str, body: Mapping[str, Any]
    ) -> None:
        answer = await client.post(path, json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
        assert answer.headers["cache-control"] == "public, max-age=2592000"
        again = await client.post(
            path.rstrip("/"), json=body, headers={"If-None-Match": answer.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")

    async def test_a_bad_number_is_refused(
        self, client: httpx2.AsyncClient, path: str, body: Mapping[str, Any]
    ) -> None:
        answer = await client.post(path, json={**body, "gtin": "9520000100019"})
        assert fields_of(answer) == [("gtin", "check_digit")]

    async def test_an_unknown_format_is_refused(
        self, client: httpx2.AsyncClient, path: str, body: Mapping[str, Any]
    ) -> None:
        answer = await client.post(path, json={**body, "format": "gif"})
        assert [field for field, _ in fields_of(answer)] == ["format"]


@pytest.mark.parametrize(
    ("path", "image_format", "media_type"),
    [
        ("/qr/", "png", "image/png"),
        ("/qr/", "pdf", "application/pdf"),
        ("/qr/", "eps", "application/postscript"),
        ("/qr/", "tif", "image/tiff"),
        ("/barcode/", "png", "image/png"),
        ("/barcode/", "eps", "application/postscript"),
        ("/barcode/", "pdf", "application/pdf"),
        ("/datamatrix/", "png", "image/png"),
        ("/datamatrix/", "pdf", "application/pdf"),
    ],
)
async def test_every_format_has_its_media_type(
    client: httpx2.AsyncClient, path: str, image_format: str, media_type: str
) -> None:
    answer = await client.post(path, json={"gtin": GTIN, "lot": "A1", "format": image_format})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert len(scan(open_image(answer.content, image_format))) == 1


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        ("/qr/", {"cmyk": True}, "cmyk"),
        ("/qr/", {"expiry": "271301"}, "expiry"),
        ("/datamatrix/", {}, "lot"),
        ("/barcode/", {"barcode_type": "ean8"}, "barcode_type"),
        ("/barcode/", {"module_width": 0.05}, "module_width"),
    ],
)
async def test_what_a_code_cannot_say_is_refused(
    client: httpx2.AsyncClient, path: str, change: Mapping[str, Any], field: str
) -> None:
    answer = await client.post(path, json={"gtin": GTIN, **change})
    assert [name for name, _ in fields_of(answer)] == [field]
