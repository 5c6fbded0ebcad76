"""Loading and writing files of rules and products."""

import json
from typing import Any
from uuid import UUID

import pytest

from product_platform.digital_link import ImportReport, export_lines, import_lines
from product_platform.kit import lines
from product_platform.kit.errors import NotFoundError
from product_platform.kit.ids import to_short
from product_platform.kit.services import Services
from tests.product_platform.catalogue import make_organization, make_principal, read_outbox
from tests.product_platform.digital_link.conftest import GTIN

pytestmark = pytest.mark.servers

URL = "https://example.com/a"
CATALOGUE: list[dict[str, Any]] = [
    {"type": "organization", "name": "Meadow", "country": "SE"},
    {"type": "brand", "name": "Havrefin", "website": "https://havrefin.example"},
    {"type": "product", "gtin": GTIN, "product_name": "Oat drink", "brand": "havrefin", "net_content": "1 l"},
    {"type": "lot", "gtin": GTIN, "code": "A1", "expiry_date": "2026-12-24"},
    {"type": "serial", "gtin": GTIN, "serial": "S1", "lot": "A1", "state": "suspect"},
    {"type": "custom_url", "url": URL, "status": "UNREACHABLE"},
    {"type": "rule", "ref": "all", "scope_type": "ORGANIZATION", "destination_type": "HOSTED_PAGE"},
    {
        "type": "rule",
        "ref": "brand",
        "scope_type": "BRAND",
        "brand": "Havrefin",
        "destination_type": "HOSTED_PAGE",
    },
    {
        "type": "rule",
        "ref": "lot",
        "scope_type": "BATCH",
        "scope_id": "B2",
        "product_id": GTIN,
        "destination_type": "CUSTOM_URL",
        "custom_url": URL,
        "languages": ["fr"],
        "metadata": {"a": "b"},
    },
]


async def load(services: Services, organization: UUID, *lines: Any, **options: Any) -> ImportReport:
    texts = [line if isinstance(line, str | bytes) else json.dumps(line) for line in lines]
    return await import_lines(
        services.database,
        texts,
        organization_id=organization,
        principal=options.pop("principal", make_principal(organization)),
        clock=services.clock,
        **options,
    )


async def write(services: Services, organization: UUID) -> list[dict[str, Any]]:
    principal = make_principal(organization)
    lines = export_lines(services.database, organization_id=organization, principal=principal)
    return [json.loads(line) async for line in lines]


async def count(services: Services, table: str) -> int:
    rows: int = await services.database.pool.fetchval(f"SELECT count(*) FROM {table}")
    return rows


class TestImportLines:
    async def test_keeps_every_type(self, services: Services, organization: UUID) -> None:
        report = await load(services, organization, *CATALOGUE)
        assert (report.kept, report.problems) == (len(CATALOGUE), [])
        row = await services.database.pool.fetchrow(
            "SELECT product_name, brands.name, owner_id FROM products JOIN brands ON brands.id = brand_id"
        )
        assert tuple(row or ()) == ("Oat drink", "Havrefin", organization)
        assert await count(services, "resolution_rules") == 3
        assert await services.database.pool.fetchval("SELECT status FROM custom_urls") == "UNREACHABLE"

    async def test_a_rerun_changes_nothing(self, services: Services, organization: UUID) -> None:
        await load(services, organization, *CATALOGUE)
        before = await write(services, organization)
        await services.database.pool.execute("DELETE FROM outbox")
        report = await load(services, organization, *CATALOGUE)
        assert (report.kept, report.problems) == (len(CATALOGUE), [])
        assert await write(services, organization) == before
        assert await read_outbox(services.database) == set()
        assert await count(services, "rule_versions") == 1

    async def test_a_changed_line_changes_its_rule(self, services: Services, organization: UUID) -> None:
        await load(services, organization, *CATALOGUE)
        await load(services, organization, CATALOGUE[6] | {"title": "Home"})
        assert await services.database.pool.fetch("SELECT title FROM resolution_rules WHERE title <> ''")
        assert await count(services, "rule_versions") == 2

    async def test_bad_lines_are_reported_by_number_and_good_ones_kept(
        self, services: Services, organization: UUID
    ) -> None:
        rule = {"type": "rule", "ref": "r", "scope_type": "ORGANIZATION", "destination_type": "CUSTOM_URL"}
        report = await load(
            services,
            organization,
            "{",
            "[]",
            {"type": "shop"},
            "",
            {"type": "brand", "name": "Havrefin"},
            {"type": "product", "gtin": "123"},
            {"type": "product", "gtin": GTIN, "brand": "Nobody's"},
            {"type": "product", "gtin": GTIN, "colour": "red"},
            {"type": "lot", "gtin": GTIN, "code": "A"},
            {"type": "custom_url", "url": "ftp://x"},
            rule | {"custom_url": "ftp://x", "timezone": "Mars"},
            {key: value for key, value in rule.items() if key != "ref"},
            rule | {"id": "x"},
            {"type": "brand", "name": "a\0b"},
            {"type": "organization", "name": "Meadow"},
        )
        assert [(problem.line, problem.code, problem.field) for problem in report.problems] == [
            (1, "bad_json", None),
            (2, "not_an_object", None),
            (3, "unknown_type", "type"),
            (6, "too_short", "gtin"),
            (7, "unknown_brand", "brand"),
            (8, "unknown_field", "colour"),
            (9, "not_found", None),
            (10, "custom_url_not_absolute", "url"),
            (11, "custom_url_not_absolute", "custom_url"),
            (11, "unknown_timezone", "timezone"),
            (12, "ref_missing", "ref"),
            (13, "malformed_id", "id"),
            (14, "unstorable_text", None),
        ]
        assert report.kept == 2
        assert await count(services, "brands") == 1

    async def test_progress_is_told_after_each_transaction(
        self, services: Services, organization: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lines, "LINES_AT_ONCE", 4)
        heard: list[int] = []
        await load(services, organization, *CATALOGUE, on_progress=heard.append)
        assert heard == [4, 8, 9]

    async def test_the_brand_of_another_is_not_taken(self, services: Services, organization: UUID) -> None:
        other = await make_organization(services.database, "Cedar")
        await load(services, organization, {"type": "brand", "name": "Havrefin"})
        report = await load(services, other, {"type": "brand", "name": "Havrefin"})
        assert [problem.code for problem in report.problems] == ["conflict"]

    async def test_a_rule_of_another_is_not_taken(self, services: Services, organization: UUID) -> None:
        other = await make_organization(services.database, "Cedar")
        await load(services, organization, CATALOGUE[6])
        line = (await write(services, organization))[-1]
        report = await load(services, other, line)
        assert [problem.code for problem in report.problems] == ["conflict"]

    async def test_needs_permission(self, services: Services, organization: UUID) -> None:
        with pytest.raises(NotFoundError):
            await load(services, organization, *CATALOGUE, principal=make_principal())


class TestExportLines:
    async def test_writes_what_was_loaded(self, services: Services, organization: UUID) -> None:
        await load(services, organization, *CATALOGUE)
        lines = await write(services, organization)
        assert [line["type"] for line in lines] == [
            "organization",
            "brand",
            "product",
            "lot",
            "lot",
            "serial",
            "custom_url",
            "rule",
            "rule",
            "rule",
        ]
        assert lines[2] == CATALOGUE[2] | {
            "brand": "Havrefin",
            "net_content_value": "1",
            "net_content_uom": "LTR",
        }
        assert lines[5] == CATALOGUE[4] | {"resolver_enabled": True}
        batch = next(line for line in lines if line.get("scope_type") == "BATCH")
        assert batch.items() >= {name: CATALOGUE[8][name] for name in CATALOGUE[8] if name != "ref"}.items()

    async def test_can_be_loaded_again(self, services: Services, organization: UUID) -> None:
        await load(services, organization, *CATALOGUE)
        lines = await write(services, organization)
        report = await load(services, organization, *lines)
        assert report.problems == []
        assert await write(services, organization) == lines
        assert await count(services, "rule_versions") == 1

    async def test_rules_of_every_scope_can_be_loaded_elsewhere(
        self, services: Services, organization: UUID
    ) -> None:
        hosted = {"type": "rule", "destination_type": "HOSTED_PAGE"}
        paths = ("/414/9520000100117/254/DOCK", f"/01/{GTIN}/21/*", f"/8006/{GTIN}0102")
        await load(
            services,
            organization,
            {"type": "product", "gtin": GTIN},
            hosted | {"ref": "v", "scope_type": "VARIANT", "scope_id": "2A", "product_id": GTIN},
            *(hosted | {"ref": path, "scope_type": "IDENTIFIER", "scope_id": path} for path in paths),
        )
        lines = await write(services, organization)
        rules = [line for line in lines if line["type"] == "rule"]
        assert [(rule["scope_type"], rule["scope_id"], rule.get("product_id")) for rule in rules] == [
            ("IDENTIFIER", paths[1], None),
            ("VARIANT", "2A", GTIN),
            ("IDENTIFIER", paths[0], None),
            ("IDENTIFIER", paths[2], None),
        ]
        for table in ("rule_changes", "rule_versions", "resolution_rules", "identifiers"):
            await services.database.pool.execute(f"DELETE FROM {table}")
        report = await load(services, organization, *lines)
        assert report.problems == []
        assert await write(services, organization) == lines

    async def test_the_key_of_another_is_not_taken(self, services: Services, organization: UUID) -> None:
        rule = {"ref": "r", "scope_type": "IDENTIFIER", "scope_id": "/414/9520000100117"}
        line = {"type": "rule", "destination_type": "HOSTED_PAGE", **rule}
        await load(services, organization, line)
        other = await make_organization(services.database, "Cedar")
        report = await load(services, other, line)
        assert [problem.code for problem in report.problems] == ["conflict"]

    async def test_shows_nothing_of_others(self, services: Services, organization: UUID) -> None:
        await load(services, organization, *CATALOGUE)
        other = await make_organization(services.database, "Cedar")
        assert [line["type"] for line in await write(services, other)] == ["organization"]

    async def test_a_stranger_sees_nothing(self, services: Services, organization: UUID) -> None:
        lines = export_lines(services.database, organization_id=organization, principal=make_principal())
        with pytest.raises(NotFoundError, match=to_short(organization)):
            await anext(lines)
