"""Many codes at once: bundles and labels, made by jobs and fetched by link."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from product_platform.kit.clock import FixedClock
from product_platform.kit.ids import to_short
from product_platform.kit.jobs import LEASE, JobRun, Runner
from product_platform.kit.services import Services
from product_platform.products import JOBS
from product_platform.products.service.labels import parts
from tests.product_platform.products.codes.images import open_image, scan
from tests.product_platform.products.conftest import GTIN, do_jobs, fields_of, make_products_client

pytestmark = pytest.mark.servers

ROOT = "https://id.example.com"
MOUNT = "/products/api/v1"


def at(url: str) -> str:
    """Return the path below the mount that a URL of an answer leads to."""
    return url.removeprefix(ROOT).removeprefix(MOUNT)


async def fetch(client: httpx2.AsyncClient, url: str) -> bytes:
    answer = await client.get(at(url))
    assert answer.status_code == 200, answer.text
    return answer.content


def unzip(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


class TestQrBulk:
    async def test_a_bundle_is_ordered_drawn_and_fetched(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        items = [{"lot": "A/1"}, {"lot": "A/1", "serial": "7"}, {"serial": "8", "expiry": "270131"}]
        answer = await client.post("/qr/bulk/", json={"gtin": GTIN, "items": items})
        assert answer.status_code == 202
        order = answer.json()
        task_id = order["task_id"]
        assert UUID(task_id).version == 4
        assert order == {
            "task_id": task_id,
            "status": "pending",
            "items": 3,
            "poll_url": f"{MOUNT}/qr/bulk/{task_id}/",
        }
        waiting = (await client.get(at(order["poll_url"]))).json()
        assert waiting == {
            "task_id": task_id,
            "status": "pending",
            "download_url": None,
            "expires_at": None,
            "items": None,
            "error": None,
        }
        await do_jobs(services)
        done = (await client.get(at(order["poll_url"]))).json()
        assert (done["status"], done["items"], done["error"]) == ("completed", 3, None)
        files = unzip(await fetch(client, done["download_url"]))
        read = {name: scan(open_image(data, "png"))[0][1] for name, data in files.items()}
        assert read == {
            f"00001_{GTIN}_A_1.png": f"{ROOT}/01/{GTIN}/10/A%2F1",
            f"00002_{GTIN}_A_1_7.png": f"{ROOT}/01/{GTIN}/10/A%2F1/21/7",
            f"00003_{GTIN}_8.png": f"{ROOT}/01/{GTIN}/21/8?17=270131",
        }

    async def test_a_bundle_that_is_cut_goes_on_where_it_was(
        self,
        client: httpx2.AsyncClient,
        services: Services,
        clock: FixedClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(parts, "ITEMS_AT_ONCE", 2)
        items = [{"serial": str(number)} for number in range(5)]
        order = (await client.post("/qr/bulk/", json={"gtin": GTIN, "items": items, "format": "svg"})).json()
        drawn = []
        write = services.storage.write

        async def write_one(key: str, content: Any) -> int:
            drawn.append(key.rpartition("/")[2])
            if len(drawn) == 2:
                raise OSError("the disk is full")
            return await write(key, content)

        monkeypatch.setattr(services.storage, "write", write_one)
        await Runner(services, JOBS).run_due()
        assert (await client.get(at(order["poll_url"]))).json()["status"] == "pending"
        clock.advance(LEASE.total_seconds())
        await do_jobs(services)
        assert drawn == ["part-0", "part-2", "part-2", "part-4", "codes.zip"]
        done = (await client.get(at(order["poll_url"]))).json()
        assert len(unzip(await fetch(client, done["download_url"]))) == 5

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"items": []}, "items"),
            ({"items": [{}] * 5001}, "items"),
            ({"items": [{"lot": "ö"}]}, "items[0].lot"),
            ({"format": "pdf"}, "format"),
            ({"size": 49}, "size"),
        ],
    )
    async def test_a_bad_order_is_refused(
        self, client: httpx2.AsyncClient, change: Mapping[str, Any], field: str
    ) -> None:
        answer = await client.post("/qr/bulk/", json={"gtin": GTIN, "items": [{"lot": "A"}], **change})
        assert [found for found, _ in fields_of(answer)] == [field]

    async def test_a_task_of_somebody_else_is_not_there(
        self, client: httpx2.AsyncClient, services: Services, rival: UUID
    ) -> None:
        assert (await client.get(f"/qr/bulk/{uuid4()}/")).status_code == 404
        assert (await client.get("/qr/bulk/no-uuid/")).status_code == 422


@pytest.fixture
async def lots(services: Services, product: Mapping[str, Any]) -> list[UUID]:
    """Let the product have two lots, the first of them with a serial, and one that is not active."""
    pool = services.database.pool
    product_id = await pool.fetchval("SELECT id FROM products WHERE gtin = $1", GTIN)
    rows = await pool.fetch(
        "INSERT INTO lots (product_id, code, expiry_date) VALUES ($1, 'L1', '2027-01-31'), ($1, 'L2', NULL)"
        " RETURNING id",
        product_id,
    )
    await pool.execute("INSERT INTO lots (product_id, code, is_active) VALUES ($1, 'OLD', false)", product_id)
    await pool.execute(
        "INSERT INTO serials (product_id, lot_id, serial) VALUES ($1, $2, 'S1')", product_id, rows[0]["id"]
    )
    return [row["id"] for row in rows]


async def export(client: httpx2.AsyncClient, **fields: Any) -> dict[str, Any]:
    body = {"scope": "lots", "export_type": "qr_codes", "file_format": "svg", **fields}
    answer = await client.post("/labels/export/", json=body)
    assert answer.status_code == 202, answer.text
    receipt = answer.json()
    assert receipt["status"] == "pending"
    found = await client.get(at(receipt["poll_url"]))
    assert found.status_code == 200
    status: dict[str, Any] = found.json()
    return status


async def read_labels(client: httpx2.AsyncClient, **fields: Any) -> dict[str, bytes]:
    status = await export(client, **fields)
    assert status["status"] == "completed", status
    return unzip(await fetch(client, status["download_url"]))


@pytest.mark.usefixtures("lots")
class TestLabelExport:
    async def test_a_few_labels_are_done_by_the_first_look(
        self, client: httpx2.AsyncClient, clock: FixedClock
    ) -> None:
        status = await export(client)
        data = await fetch(client, status["download_url"])
        assert status == {
            "job_id": status["job_id"],
            "status": "completed",
            "total_items": 2,
            "processed_items": 2,
            "progress_percent": 100,
            "download_url": status["download_url"],
            "expires_at": "2026-03-01T13:00:00Z",
            "output_filename": f"labels-{status['job_id']}.zip",
            "file_size_bytes": len(data),
            "error": None,
        }
        read = [scan(open_image(file, "svg"))[0][1] for file in unzip(data).values()]
        assert read == [f"{ROOT}/01/{GTIN}/10/L1?17=270131", f"{ROOT}/01/{GTIN}/10/L2"]

    @pytest.mark.parametrize(
        ("export_type", "file_format", "read"),
        [
            ("qr_codes", "png", {("]Q1", f"{ROOT}/01/{GTIN}/10/L1/21/S1?17=270131")}),
            ("datamatrix", "svg", {("]d2", f"(01){GTIN}(17)270131(10)L1(21)S1")}),
            ("datamatrix", "png", {("]d2", f"(01){GTIN}(17)270131(10)L1(21)S1")}),
            ("barcodes_1d", "svg", {("]C1", f"(01){GTIN}(21)S1")}),
            ("barcodes_1d", "eps", {("]C1", f"(01){GTIN}(21)S1")}),
            (
                "codes_combined",
                "svg",
                {
                    ("]Q1", f"{ROOT}/01/{GTIN}/10/L1/21/S1?17=270131"),
                    ("]d2", f"(01){GTIN}(17)270131(10)L1(21)S1"),
                    ("]C1", f"(01){GTIN}(21)S1"),
                },
            ),
        ],
    )
    async def test_every_type_and_format_reads_back(
        self,
        client: httpx2.AsyncClient,
        export_type: str,
        file_format: str,
        read: set[tuple[str, str]],
    ) -> None:
        files = await read_labels(client, scope="serials", export_type=export_type, file_format=file_format)
        ((name, data),) = files.items()
        assert name == f"00001_{GTIN}_L1_S1.{file_format}"
        assert set(scan(open_image(data, file_format))) == read

    async def test_a_sheet_has_a_label_for_each(self, client: httpx2.AsyncClient) -> None:
        status = await export(client, export_type="sheet_pdf", file_format="pdf")
        assert status["output_filename"].endswith(".pdf")
        page = zlib.decompress((await fetch(client, status["download_url"])).partition(b"stream\n")[2])
        assert page.count(b"(L1) Tj") == page.count(b"(L2) Tj") == 1

    @pytest.mark.parametrize("scope", ["lots", "serials"])
    @pytest.mark.parametrize(
        ("filters", "is_found"),
        [
            ({"gtins": [GTIN]}, True),
            ({"gtins": ["9520000100025"]}, False),
            ({"lot_run_id": to_short(UUID(int=5))}, False),
            ({"product_id": to_short(UUID(int=5))}, False),
            ({"lot_ids": [to_short(UUID(int=5))]}, False),
            ({"never_printed": True}, True),
            ({"never_printed": False}, True),
        ],
    )
    async def test_filters_narrow_the_export(
        self, client: httpx2.AsyncClient, scope: str, filters: Mapping[str, Any], is_found: bool
    ) -> None:
        status = await export(client, scope=scope, filters=filters)
        assert (status["total_items"] > 0, status["status"]) == (is_found, "completed")

    async def test_filters_by_lot_run_and_serial(
        self, client: httpx2.AsyncClient, services: Services, lots: list[UUID]
    ) -> None:
        run_id = uuid4()
        await services.database.pool.execute("UPDATE lots SET run_id = $2 WHERE id = $1", lots[0], run_id)
        serial_id = await services.database.pool.fetchval("SELECT id FROM serials")
        for scope in ("lots", "serials"):
            for filters in ({"lot_run_id": str(run_id)}, {"lot_ids": [str(lots[0])]}):
                assert (await export(client, scope=scope, filters=filters))["total_items"] == 1
        filters = {"serial_ids": [to_short(serial_id)]}
        assert (await export(client, scope="serials", filters=filters))["total_items"] == 1

    async def test_what_was_printed_is_remembered(self, client: httpx2.AsyncClient) -> None:
        assert (await export(client, filters={"never_printed": True}))["total_items"] == 2
        assert (await export(client, filters={"never_printed": True}))["total_items"] == 0

    async def test_labels_of_others_are_not_exported(self, rival_client: httpx2.AsyncClient) -> None:
        assert (await export(rival_client))["total_items"] == 0

    async def test_an_export_of_others_is_not_there(
        self, client: httpx2.AsyncClient, rival_client: httpx2.AsyncClient
    ) -> None:
        job_id = (await export(client))["job_id"]
        assert (await rival_client.get(f"/labels/export/{job_id}/")).status_code == 404
        assert (await client.get("/labels/export/no-id/")).status_code == 422

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"scope": "products"}, "scope"),
            ({"file_format": "eps"}, "file_format"),
            ({"export_type": "sheet_pdf"}, "file_format"),
            ({"export_type": "codes_combined", "file_format": "png"}, "file_format"),
            ({"filters": {"unknown": 1}}, "filters.unknown"),
            ({"filters": {"serial_ids": []}}, "filters.serial_ids"),
            ({"asset_config": {"sheet_template": "none"}}, "asset_config.sheet_template"),
        ],
    )
    async def test_what_does_not_go_together_is_refused(
        self, client: httpx2.AsyncClient, change: Mapping[str, Any], field: str
    ) -> None:
        body = {"scope": "lots", "export_type": "qr_codes", "file_format": "svg", **change}
        answer = await client.post("/labels/export/", json=body)
        assert [found for found, _ in fields_of(answer)] == [field]

    async def test_many_labels_are_left_to_a_worker(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        await services.database.pool.execute(
            "INSERT INTO lots (product_id, code)"
            " SELECT id, 'M' || number FROM products, generate_series(1, 60) AS number"
        )
        waiting = await export(client)
        assert (waiting["status"], waiting["total_items"], waiting["progress_percent"]) == ("pending", 0, 0)
        assert waiting["download_url"] is waiting["expires_at"] is waiting["output_filename"] is None
        await do_jobs(services)
        done = (await client.get(f"/labels/export/{waiting['job_id']}/")).json()
        assert (done["status"], done["total_items"], done["processed_items"]) == ("completed", 62, 62)

    async def test_a_failed_export_says_why(self, client: httpx2.AsyncClient, services: Services) -> None:
        async def fail(_run: JobRun) -> None:
            raise ZeroDivisionError

        await services.database.pool.execute(
            "INSERT INTO lots (product_id, code)"
            " SELECT id, 'M' || number FROM products, generate_series(1, 60) AS number"
        )
        job_id = (await export(client))["job_id"]
        await services.database.pool.execute("UPDATE jobs SET failures = 4")
        await Runner(services, {"products.label_export": fail}).run_due()
        failed = (await client.get(f"/labels/export/{job_id}/")).json()
        assert failed["status"] == "failed"
        assert failed["error"].startswith("It failed 5 times")
        assert failed["download_url"] is failed["output_filename"] is failed["file_size_bytes"] is None


@pytest.mark.usefixtures("lots")
class TestDownload:
    async def test_a_link_is_good_for_an_hour_and_then_replaced(
        self, client: httpx2.AsyncClient, clock: FixedClock
    ) -> None:
        status = await export(client)
        path = f"/labels/export/{status['job_id']}/"
        clock.advance(3599)
        assert (await client.get(path)).json()["download_url"] == status["download_url"]
        clock.advance(1)
        assert (await client.get(at(status["download_url"]))).status_code == 404
        renewed = (await client.get(path)).json()["download_url"]
        assert renewed != status["download_url"]
        assert await fetch(client, renewed)

    async def test_a_link_needs_no_key_and_no_other_link_is_good(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        url = at((await export(client))["download_url"])
        async with make_products_client(services) as anybody:
            answer = await anybody.get(url)
            assert answer.headers["content-disposition"].startswith("attachment")
            assert (await anybody.get(url + "x")).status_code == 404
            assert (await anybody.get(f"/downloads/{to_short(uuid4())}?token=x")).status_code == 404
