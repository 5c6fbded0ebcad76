"""`signpost claim`, `signpost prefix`, `signpost domain` and `signpost dead-jobs`."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from admin_api.cli import main
from product_platform.kit.ids import from_short, to_short

pytestmark = pytest.mark.servers

GTIN = "09520000100018"


@pytest.fixture(autouse=True)
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNPOST_DATABASE_URL", database_url)


def ask(url: str, sql: str, *args: Any) -> Any:
    async def ask() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(sql, *args)
        finally:
            await connection.close()

    return asyncio.run(ask())


@pytest.fixture
def organization(database_url: str) -> str:
    """Let an organization claim a product."""
    sql = """
        WITH owner AS (INSERT INTO organizations (name, country) VALUES ('Oats', 'SE') RETURNING id)
        INSERT INTO products (gtin, owner_id, claim_verification_status)
        SELECT $1, id, 'unverified' FROM owner RETURNING owner_id
    """
    return to_short(ask(database_url, sql, GTIN))


@pytest.mark.usefixtures("organization")
class TestClaim:
    def test_it_tells_where_the_claim_stands(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["claim", GTIN[1:], "confirmed"]) == 0
        assert capsys.readouterr().out == f"the claim of {GTIN} is verified\n"

    def test_what_does_not_apply_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["claim", GTIN, "upheld"]) == 1
        assert "unverified" in capsys.readouterr().err

    def test_an_unknown_product_and_a_wrong_number(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["claim", "9520000100025", "confirmed"]) == 1
        assert main(["claim", "9520000100019", "confirmed"]) == 2
        assert "check digit" in capsys.readouterr().err


class TestPrefix:
    def test_it_is_stored_and_claims_are_looked_at(
        self, capsys: pytest.CaptureFixture[str], database_url: str, organization: str
    ) -> None:
        assert main(["prefix", "952000", "--organization", organization]) == 0
        assert "952000 is stored" in capsys.readouterr().out
        assert ask(database_url, "SELECT organization_id FROM company_prefixes") == from_short(organization)
        assert ask(database_url, "SELECT kind FROM jobs") == "products.match_prefixes"

    def test_anothers_prefix_and_none(
        self, capsys: pytest.CaptureFixture[str], database_url: str, organization: str
    ) -> None:
        other = ask(database_url, "INSERT INTO organizations (name, country) VALUES ('X', 'SE') RETURNING id")
        main(["prefix", "952000", "--organization", organization])
        assert main(["prefix", "952000", "--organization", to_short(other)]) == 1
        assert main(["prefix", "95x", "--organization", organization]) == 2


class TestDomain:
    @pytest.fixture
    def brand(self, database_url: str, organization: str) -> str:
        ask(database_url, "UPDATE organizations SET is_brand = true")
        return organization

    def test_it_prints_the_record_to_set_which_is_looked_for(
        self, capsys: pytest.CaptureFixture[str], database_url: str, brand: str
    ) -> None:
        printed = []
        for name in ("oats.example", "OATS.example"):
            assert main(["domain", name, "--organization", brand]) == 0
            printed.append(capsys.readouterr().out)
        token = ask(database_url, "SELECT token FROM organization_domains")
        assert printed[0].splitlines()[0] == f'oats.example TXT "product-platform-verify={token}"'
        assert printed[1] == printed[0]
        assert ask(database_url, "SELECT kind FROM jobs") == "products.prove_domain"

    def test_it_tells_since_when_a_domain_is_proved(
        self, capsys: pytest.CaptureFixture[str], database_url: str, brand: str
    ) -> None:
        main(["domain", "oats.example", "--organization", brand])
        ask(database_url, "UPDATE organization_domains SET proved_at = '2026-03-01T12:00:00Z'")
        assert main(["domain", "oats.example", "--organization", brand]) == 0
        assert "proved since 2026-03-01" in capsys.readouterr().out

    def test_no_host_name_and_no_brand(self, capsys: pytest.CaptureFixture[str], organization: str) -> None:
        assert main(["domain", "oats", "--organization", organization]) == 2
        assert "'oats' is no full host name" in capsys.readouterr().err
        assert main(["domain", "oats.example", "--organization", organization]) == 1
        assert "is a brand" in capsys.readouterr().err


class TestDeadJobs:
    def test_they_are_listed_with_their_reasons_and_revived(
        self, capsys: pytest.CaptureFixture[str], database_url: str
    ) -> None:
        assert main(["dead-jobs"]) == 0
        assert capsys.readouterr().out == "none\n"
        job_id = ask(
            database_url,
            "INSERT INTO jobs (kind, state, attempts, fault) VALUES ('a.b', 'failed', 5, 'OSError: full')"
            " RETURNING id",
        )
        main(["dead-jobs"])
        assert capsys.readouterr().out == f"{job_id} a.b 5 attempts: OSError: full\n"
        assert main(["dead-jobs", "--revive", str(job_id)]) == 0
        assert ask(database_url, "SELECT state FROM jobs") == "pending"
        assert main(["dead-jobs", "--revive", str(uuid4())]) == 1
