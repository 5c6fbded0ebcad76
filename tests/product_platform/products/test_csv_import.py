"""Catalogues as CSV files: every row whole or not at all, and none twice."""

from typing import Any
from uuid import UUID

import httpx2
import pytest

from product_platform.kit import jobs
from product_platform.kit.clock import FixedClock
from product_platform.kit.ids import from_short, to_short
from product_platform.kit.jobs import LEASE, JobRun, JobState, Runner
from product_platform.kit.permissions import Role
from product_platform.kit.services import Services
from product_platform.products.service.csv_import import IMPORT_CSV, importing
from rules_compiler.gs1 import check_digit
from tests.product_platform.catalogue import clear_outbox, make_organization, read_outbox
from tests.product_platform.products.conftest import (
    GTIN,
    OTHER_GTIN,
    THIRD_GTIN,
    do_jobs,
    fields_of,
    make_products_client,
)

pytestmark = pytest.mark.servers

HEADER = "gtin,product_name,brand,net_content\n"


def to_gtin(number: int) -> str:
    digits = f"0952{number:09d}"
    return digits + check_digit(digits)


async def send(client: httpx2.AsyncClient, content: str | bytes, **headers: str) -> httpx2.Response:
    data = content.encode() if isinstance(content, str) else content
    return await client.post("/import/csv", files={"file": ("catalogue.csv", data)}, headers=headers)


async def import_rows(client: httpx2.AsyncClient, content: str) -> dict[str, Any]:
    answer = await send(client, content)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    done = result["created"] + result["updated"] + result["skipped"] + result["error_count"]
    assert (done, len(result["errors"])) == (result["total_rows"], result["error_count"])
    return result


def counts(result: dict[str, Any]) -> tuple[int, int, int, int]:
    return result["created"], result["updated"], result["skipped"], result["error_count"]


async def get(client: httpx2.AsyncClient, gtin: str) -> dict[str, Any]:
    answer = await client.get(f"/products/{gtin}")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


class TestImportCsv:
    async def test_new_changed_repeated_and_wrong_rows(
        self, client: httpx2.AsyncClient, product: dict[str, Any], services: Services, organization: UUID
    ) -> None:
        result = await import_rows(
            client,
            f"gtin,product_name\n{OTHER_GTIN},Oat bars\n{GTIN},Oat Drink\n"
            f"{OTHER_GTIN},Again\n9520000100019,Wrong\n",
        )
        assert counts(result) == (1, 1, 1, 1)
        assert [(error["line"], error["column"]) for error in result["errors"]] == [(5, "gtin")]
        stored = await get(client, OTHER_GTIN)
        assert (stored["product_name"], stored["owner_id"]) == ("Oat bars", to_short(organization))
        assert (stored["data_source"], stored["confidence_score"]) == ("claimed", 1.0)
        assert (stored["claim_verification_status"], (await get(client, GTIN))["product_name"]) == (
            "unverified",
            "Oat Drink",
        )
        assert await read_outbox(services.database) == {f"01/{GTIN}", f"01/{OTHER_GTIN}"}

    async def test_every_column_by_any_of_its_names(self, client: httpx2.AsyncClient) -> None:
        result = await import_rows(
            client,
            "\ufeff EAN ,Title,brand,Manufacturer,description,Photo_URL,Origin,Size,ignored\n"
            f'{GTIN},Oat drink,Oats,Meadow,"Made of ""oats"", water",https://oats.example/1.png,se,1 L,x\n',
        )
        assert counts(result) == (1, 0, 0, 0)
        stored = await get(client, GTIN)
        wanted = {
            "product_name": "Oat drink",
            "brand": "Oats",
            "manufacturer": "Meadow",
            "description": 'Made of "oats", water',
            "image_url": "https://oats.example/1.png",
            "country_of_origin": "SE",
            "net_content": "1 L",
            "net_content_value": 1,
            "net_content_uom": "LTR",
        }
        assert {name: stored[name] for name in wanted} == wanted
        (image,) = (await client.get(f"/products/{GTIN}/images")).json()["data"]
        assert (image["image_url"], image["is_primary"]) == ("https://oats.example/1.png", True)

    async def test_the_same_file_again_changes_nothing(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        content = f"{HEADER}{GTIN},Oat drink,Oats,1 L\n"
        await import_rows(client, content)
        await clear_outbox(services.database)
        assert counts(await import_rows(client, content)) == (0, 0, 1, 0)
        assert await read_outbox(services.database) == set()

    async def test_an_empty_cell_leaves_what_is_there(
        self, client: httpx2.AsyncClient, product: dict[str, Any]
    ) -> None:
        assert counts(await import_rows(client, f"{HEADER}{GTIN},,,2 L\n")) == (0, 1, 0, 0)
        assert (await get(client, GTIN))["product_name"] == "Oat drink"

    async def test_a_product_that_nobody_claims_becomes_a_claim(
        self, client: httpx2.AsyncClient, services: Services
    ) -> None:
        await services.database.pool.execute(
            "INSERT INTO products (gtin, product_name) VALUES ($1, 'X')", GTIN
        )
        assert counts(await import_rows(client, f"gtin\n{GTIN}\n")) == (0, 1, 0, 0)
        assert (await get(client, GTIN))["is_claimed"]

    async def test_what_is_anothers_is_an_error_and_stays_so(
        self, client: httpx2.AsyncClient, rival_client: httpx2.AsyncClient, rival: UUID
    ) -> None:
        await import_rows(rival_client, f"{HEADER}{GTIN},Theirs,Rivals,\n")
        result = await import_rows(
            client, f"{HEADER}{GTIN},Ours,,\n{OTHER_GTIN},Ours,Rivals,\n{THIRD_GTIN},Ours,,\n"
        )
        assert counts(result) == (1, 0, 0, 2)
        assert [(error["line"], error["column"]) for error in result["errors"]] == [(2, "gtin"), (3, "brand")]
        stored = await get(client, GTIN)
        assert (stored["product_name"], stored["owner_id"]) == ("Theirs", to_short(rival))
        assert (await client.get(f"/products/{OTHER_GTIN}")).status_code == 404

    @pytest.mark.parametrize(
        ("row", "column"),
        [
            (",Nameless", "gtin"),
            ("9.52E+12,Spreadsheet", "gtin"),
            ("0200000000004,Shop", "gtin"),
            (f"{GTIN},{'x' * 256}", "product_name"),
        ],
    )
    async def test_a_wrong_row_names_its_column(
        self, client: httpx2.AsyncClient, row: str, column: str
    ) -> None:
        result = await import_rows(client, f"gtin,product_name\n{row}\n")
        assert [(error["line"], error["column"]) for error in result["errors"]] == [(2, column)]

    async def test_lines_are_those_of_the_file(self, client: httpx2.AsyncClient) -> None:
        result = await import_rows(
            client, f'gtin,description\r\n{GTIN},"two\nlines"\r\n\r\n9520000100019,wrong\r\n'
        )
        assert [error["line"] for error in result["errors"]] == [5]

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"gtin\n\xff\xfe", "wrong_encoding"),
            (b"", "gtin_column_missing"),
            (b"sku,name\n1,x\n", "gtin_column_missing"),
            (b'gtin,name\n1,"open', "not_a_csv"),
            (b"gtin\n1\x00", "not_a_csv"),
            (b"gtin\n" + b"1\n" * 10_001, "too_many_lines"),
        ],
    )
    async def test_a_file_that_cannot_be_read_is_refused_whole(
        self, client: httpx2.AsyncClient, services: Services, content: bytes, code: str
    ) -> None:
        assert fields_of(await send(client, content)) == [("file", code)]
        assert await services.database.pool.fetchval("SELECT count(*) FROM jobs") == 0

    async def test_no_file_is_refused(self, client: httpx2.AsyncClient) -> None:
        assert fields_of(await client.post("/import/csv", files={"other": b"x"})) == [("file", "missing")]

    async def test_a_large_file_is_refused(self, client: httpx2.AsyncClient) -> None:
        answer = await send(client, b"gtin\n" + b"x" * (10 * 1024 * 1024))
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")

    async def test_only_members_of_a_brand_import(self, services: Services) -> None:
        retailer = await make_organization(services.database, "Shop")
        async with make_products_client(services, retailer) as client:
            assert (await send(client, f"gtin\n{GTIN}\n")).status_code == 403

    async def test_an_editor_claims_nothing(self, services: Services, organization: UUID) -> None:
        async with make_products_client(services, organization, role=Role.EDITOR) as client:
            assert (await send(client, f"gtin\n{GTIN}\n")).status_code == 403

    async def test_who_acts_for_two_brands_says_for_which(
        self, services: Services, organization: UUID, rival: UUID
    ) -> None:
        async with make_products_client(services, organization, rival) as client:
            assert (await send(client, f"gtin\n{GTIN}\n")).status_code == 400
            answer = await client.post(
                "/import/csv",
                files={"file": ("a.csv", f"gtin\n{GTIN}\n".encode())},
                data={"organization_id": to_short(rival)},
            )
            assert answer.json()["created"] == 1
            assert (await get(client, GTIN))["owner_id"] == to_short(rival)


class TestImportAsJob:
    async def test_who_does_not_wait_asks_later(self, client: httpx2.AsyncClient, services: Services) -> None:
        answer = await send(client, f"gtin\n{GTIN}\n", Prefer="respond-async")
        assert answer.status_code == 202
        assert answer.headers["Location"] == answer.json()["poll_url"]
        path = answer.json()["poll_url"].removeprefix("/products/api/v1")
        waiting = (await client.get(path)).json()
        assert (waiting["status"], waiting["progress_percent"], waiting["result"]) == ("pending", 0, None)
        await do_jobs(services)
        done = (await client.get(path)).json()
        assert (done["status"], done["progress_percent"], done["processed_rows"]) == ("completed", 100, 1)
        assert done["result"]["created"] == 1

    async def test_an_import_is_nobody_elses_business(
        self, client: httpx2.AsyncClient, rival_client: httpx2.AsyncClient
    ) -> None:
        answer = await send(client, f"gtin\n{GTIN}\n", Prefer="respond-async")
        path = answer.json()["poll_url"].removeprefix("/products/api/v1")
        assert (await rival_client.get(path)).status_code == 404
        assert (await client.get("/import/csv/no-id")).status_code == 422

    async def test_an_import_that_is_cut_goes_on_and_stores_nothing_twice(
        self,
        client: httpx2.AsyncClient,
        services: Services,
        clock: FixedClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(importing, "_ROWS_AT_ONCE", 2)
        rows = "".join(f"{to_gtin(number)},Item {number}\n" for number in range(5))
        answer = await send(client, f"gtin,product_name\n{rows}", Prefer="respond-async")
        job_id = from_short(answer.json()["job_id"])

        async def cut(run: JobRun) -> None:
            """Store the first rows, and begin to store others."""
            step, number = run.step, 0

            def counted_step() -> Any:
                nonlocal number
                number += 1
                if number > 1:
                    raise ConnectionError("the database is gone")
                return step()

            run.step = counted_step  # type: ignore[method-assign]
            await importing.import_csv(run)

        await Runner(services, {IMPORT_CSV: cut}).run_due()
        stored = "SELECT count(*) FROM products WHERE product_name LIKE 'Item %'"
        assert await services.database.pool.fetchval(stored) == 2
        clock.advance(LEASE.total_seconds())
        await do_jobs(services)
        async with services.database.pool.acquire() as connection:
            job = await jobs.find(connection, job_id, IMPORT_CSV)
        assert job is not None
        assert job.state is JobState.COMPLETED
        assert counts(job.result) == (5, 0, 0, 0)
        assert await services.database.pool.fetchval(stored) == 5

    async def test_the_file_is_forgotten_when_it_is_imported(
        self, client: httpx2.AsyncClient, services: Services, tmp_path: Any
    ) -> None:
        await import_rows(client, f"gtin\n{GTIN}\n")
        assert list(tmp_path.rglob("*.csv")) == []


class TestTemplate:
    async def test_it_can_be_imported(self, services: Services, client: httpx2.AsyncClient) -> None:
        async with make_products_client(services) as anybody:
            template = await anybody.get("/import/template")
        assert template.headers["content-type"].startswith("text/csv")
        assert template.headers["content-disposition"].startswith("attachment")
        assert len(template.text.splitlines()) == 3
        assert counts(await import_rows(client, template.text)) == (2, 0, 0, 0)
