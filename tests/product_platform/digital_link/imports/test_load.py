"""Loading documents: what becomes of their links, and what is reported."""

import random
from copy import deepcopy
from typing import Any
from uuid import UUID

import pytest

from product_platform.digital_link import DocumentReport, export_lines
from product_platform.digital_link.service.imports import load as loading
from product_platform.kit.errors import NotFoundError
from product_platform.kit.services import Services
from tests.product_platform.catalogue import make_organization, make_principal, read_outbox
from tests.product_platform.digital_link.conftest import GTIN, OTHER_GTIN, make_product
from tests.product_platform.digital_link.imports.conftest import Import
from tests.product_platform.digital_link.imports.oracle import SAMPLES, read_sample

pytestmark = pytest.mark.servers

PIP = "https://gs1.org/voc/pip"
PAGE = "https://example.com/page"
ANCHOR, FIRST = "linkset[0].anchor", "linkset[0].gs1:pip[0]"
BROKEN = (None, True, 7, "", "\0", "ü {x", [], {}, ["a"], [1], {"a": 1}, [[]], "x" * 3000, "https://x")


def make_member(*links: Any, anchor: str = f"https://id.example.org/01/{GTIN}", **more: Any) -> Any:
    return {"anchor": anchor, "itemDescription": "Oat drink", PIP: list(links), **more}


def make_linkset(*members: Any) -> Any:
    return {"linkset": list(members)}


def make_link(**fields: Any) -> Any:
    return {"href": PAGE, "title": "Page", "hreflang": ["en"], **fields}


def make_entry(*links: Any, **fields: Any) -> Any:
    return {
        "anchor": f"/01/{GTIN}",
        "itemDescription": "Oat drink",
        "defaultLinktype": "gs1:pip",
        "links": [{"linktype": "gs1:pip", **link} for link in links],
        **fields,
    }


def refusals(report: DocumentReport) -> list[tuple[str, str]]:
    return [(finding.path, finding.code) for finding in report.findings if finding.refused]


def notes(report: DocumentReport) -> list[tuple[str, str]]:
    return [(finding.path, finding.code) for finding in report.findings if not finding.refused]


async def fetch_rules(services: Services) -> list[dict[str, Any]]:
    rows = await services.database.pool.fetch(
        "SELECT * FROM resolution_rules ORDER BY slice_key, order_index"
    )
    return [dict(row) for row in rows]


async def targets(services: Services) -> list[tuple[str, str | None, str]]:
    rules = await fetch_rules(services)
    return [(rule["slice_key"], rule["link_type"], rule["custom_url"]) for rule in rules]


class TestRules:
    async def test_a_link_keeps_all_that_it_says(self, load: Import, services: Services) -> None:
        link = make_link(type="application/pdf;charset=utf-8", hreflang=["en", "fr-CA"], context=["EU"])
        report = await load(make_linkset(make_member(link)))
        assert (report.kept, report.findings) == (1, [])
        (rule,) = await fetch_rules(services)
        assert rule["link_type"] == "gs1:pip"
        assert rule["title"] == "Page"
        assert rule["media_type"] == "application/pdf"
        assert rule["languages"] == ["en", "fr-CA"]
        assert rule["contexts"] == ["EU"]

    async def test_a_default_that_is_a_product_page_for_everybody_is_stored_once(
        self, load: Import, services: Services
    ) -> None:
        link = {"href": PAGE, "title": "Page"}
        report = await load(make_linkset(make_member(link, **{"https://gs1.org/voc/defaultLink": [link]})))
        assert report.kept == 2
        assert await targets(services) == [(f"01/{GTIN}", None, PAGE)]

    async def test_the_link_for_everybody_comes_last(self, load: Import, services: Services) -> None:
        everybody, english = {"href": "https://example.com/all"}, make_link()
        await load(make_linkset(make_member(everybody, english)))
        assert [url for _, _, url in await targets(services)] == [PAGE, "https://example.com/all"]

    async def test_several_for_everybody_stay_equal(self, load: Import, services: Services) -> None:
        await load(make_linkset(make_member({"href": PAGE}, {"href": f"{PAGE}/2"})))
        assert [rule["contexts"] for rule in await fetch_rules(services)] == [["und"], ["und"]]

    async def test_a_second_default_is_for_whom_it_says(self, load: Import, services: Services) -> None:
        defaults = [{"href": PAGE}, {"href": f"{PAGE}/fr", "hreflang": ["fr"]}, {"href": f"{PAGE}/b"}]
        report = await load(make_linkset({**make_member(), "defaultLink": defaults}))
        assert refusals(report) == [("linkset[0].gs1:defaultLink[2]", "second_default_link")]
        rules = await fetch_rules(services)
        assert [(rule["custom_url"], rule["languages"]) for rule in rules] == [
            (f"{PAGE}/fr", ["fr"]),
            (PAGE, None),
        ]

    async def test_targets_are_written_as_uris(self, load: Import, services: Services) -> None:
        await load(make_linkset(make_member(make_link(href="https://example.com/ä b"))))
        assert [url for _, _, url in await targets(services)] == ["https://example.com/%C3%A4%20b"]

    @pytest.mark.parametrize(
        ("anchor", "qualifiers", "key"),
        [
            (f"/01/{GTIN[1:]}/", [], f"01/{GTIN}"),
            (f"https://x.example/shop/01/{GTIN}/21/A%2FB", [], f"01/{GTIN}/21/A%2FB"),
            (f"/01/{GTIN}", [{"10": "A/B"}], f"01/{GTIN}/10/A%2FB"),
            (f"/01/{GTIN}", [{"22": "2A"}], f"01/{GTIN}/22/2A"),
            (f"/01/{GTIN}", [{"10": "L"}, {"22": "2A"}], f"01/{GTIN}/22/2A/10/L"),
            (f"/01/{GTIN}", [{"21": "S"}, {"10": "L"}], f"01/{GTIN}/21/S"),
            (f"/01/{GTIN}", [{"21": "*"}], f"01/{GTIN}/21/%2A"),
            (f"/01/{GTIN}", [{"21": "{serialnumber}"}], f"01/{GTIN}/21/*"),
            (f"/01/{GTIN}", [{"10": "{lot}"}, {"21": "{nr}"}], f"01/{GTIN}/21/*"),
            (f"/01/{GTIN}", [{"10": "{lot}"}, {"21": "S"}], f"01/{GTIN}/21/S"),
            (f"/01/{GTIN}/10/{{any}}", [], f"01/{GTIN}/10/*"),
            ("/414/9520000100117", [{"254": "DOCK"}], "414/9520000100117/254/DOCK"),
            ("/8004/095060001343", [], "8004/095060001343"),
        ],
    )
    async def test_every_anchor_has_its_place(
        self, load: Import, services: Services, anchor: str, qualifiers: Any, key: str
    ) -> None:
        entry = make_entry(make_link(), anchor=anchor, qualifiers=qualifiers)
        report = await load(entry)
        assert (report.kept, report.findings) == (1, [])
        assert {rule["slice_key"] for rule in await fetch_rules(services)} == {key}

    async def test_the_names_of_open_values_become_ours(self, load: Import, services: Services) -> None:
        link = make_link(href="https://example.com/{nr}?l={lotnumber}")
        await load(make_entry(link, qualifiers=[{"21": "{nr}"}]))
        assert {url for _, _, url in await targets(services)} == {"https://example.com/{serial}?l={lot}"}


class TestItems:
    async def test_an_unknown_product_is_claimed_under_its_own_description(
        self, load: Import, services: Services, organization: UUID
    ) -> None:
        lot = make_member(make_link(), anchor=f"https://x.example/01/{GTIN}/10/L", itemDescription="A lot")
        await load(make_linkset(lot, make_member(make_link())))
        row = await services.database.pool.fetchrow("SELECT product_name, owner_id FROM products")
        assert tuple(row or ()) == ("Oat drink", organization)

    async def test_a_known_product_keeps_its_name(
        self, load: Import, services: Services, product: UUID
    ) -> None:
        await load(make_linkset(make_member(make_link(), itemDescription="Something else")))
        assert await services.database.pool.fetchval("SELECT product_name FROM products") == "Oat drink"

    async def test_another_key_bears_the_description(self, load: Import, services: Services) -> None:
        await load(make_entry(make_link(), anchor="/8004/095060001343", itemDescription="A crate"))
        assert await services.database.pool.fetchval("SELECT name FROM identifiers") == "A crate"

    async def test_a_key_of_which_no_link_is_kept_is_left_alone(
        self, load: Import, services: Services
    ) -> None:
        await load(make_entry(make_link(href="https://x.example/{1}"), anchor="/8004/095060001343"))
        assert not await services.database.pool.fetchval("SELECT count(*) FROM identifiers")

    async def test_a_piece_bears_the_description_and_its_product_none(
        self, load: Import, services: Services
    ) -> None:
        await load(make_entry(make_link(), anchor=f"/8006/{GTIN}0102", itemDescription="Half of it"))
        assert await services.database.pool.fetchval("SELECT name FROM identifiers") == "Half of it"
        assert await services.database.pool.fetchval("SELECT product_name FROM products") == ""

    async def test_a_key_of_another_is_refused_link_by_link(self, load: Import, services: Services) -> None:
        rival = await make_organization(services.database, "Cedar")
        await services.database.pool.execute(
            "INSERT INTO identifiers (key, organization_id, name, created, modified)"
            " VALUES ('8004/095060001343', $1, 'A crate', now(), now())",
            rival,
        )
        report = await load(make_entry(make_link(), anchor="/8004/095060001343"))
        assert refusals(report) == [("links[0]", "conflict")]

    async def test_a_serial_keeps_its_lot(self, load: Import, services: Services) -> None:
        await load(make_entry(make_link(), qualifiers=[{"10": "L"}, {"21": "S"}]))
        sql = "SELECT code FROM serials JOIN lots ON lots.id = lot_id WHERE serial = 'S'"
        assert await services.database.pool.fetchval(sql) == "L"

    async def test_what_is_anothers_is_refused_with_all_its_links(
        self, load: Import, services: Services
    ) -> None:
        rival = await make_organization(services.database, "Cedar")
        await make_product(services.database, GTIN, rival)
        other = make_member(make_link(), anchor=f"https://x.example/01/{OTHER_GTIN}")
        report = await load(make_linkset(make_member(make_link(), make_link(href=f"{PAGE}/2")), other))
        assert refusals(report) == [("linkset[0]", "conflict")]
        assert (report.kept, report.refused) == (1, 2)

    async def test_needs_permission(self, load: Import) -> None:
        with pytest.raises(NotFoundError):
            await load(make_linkset(), principal=make_principal())


class TestAgain:
    @pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("ce-*.json")))
    async def test_loading_again_changes_nothing(
        self, load: Import, services: Services, organization: UUID, name: str
    ) -> None:
        principal = make_principal(organization)

        async def export() -> list[bytes]:
            lines = export_lines(services.database, organization_id=organization, principal=principal)
            return [line async for line in lines]

        report = await load(read_sample(name))
        before = await export()
        await services.database.pool.execute("DELETE FROM outbox")
        assert await load(read_sample(name)) == report
        assert await export() == before
        assert await read_outbox(services.database) == set()

    async def test_what_is_said_now_replaces_what_was_said(self, load: Import, services: Services) -> None:
        links = [make_link(href=f"{PAGE}/{at}", hreflang=[tag]) for at, tag in enumerate(("en", "fr", "de"))]
        await load(make_linkset(make_member(*links)))
        await load(make_linkset(make_member(make_link(href=f"{PAGE}/new", hreflang=["sv"]), *links[1:2])))
        rules = await fetch_rules(services)
        assert [(rule["custom_url"], rule["languages"]) for rule in rules] == [
            (f"{PAGE}/new", ["sv"]),
            (f"{PAGE}/1", ["fr"]),
        ]

    async def test_rules_of_ones_own_stay(
        self, load: Import, services: Services, product: UUID, client: Any, rules_path: str
    ) -> None:
        body = {"scope_type": "PRODUCT", "scope_id": GTIN, "destination_type": "HOSTED_PAGE"}
        assert (await client.post(rules_path, json=body)).status_code == 201
        await load(make_linkset(make_member(make_link())))
        await load(make_linkset(make_member()))
        assert [url for _, _, url in await targets(services)] == [None]

    async def test_progress_is_told_after_each_transaction(
        self, load: Import, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(loading, "_RULES_AT_ONCE", 2)
        heard: list[int] = []
        members = [make_member(make_link(), anchor=f"https://x.example/01/{GTIN}/10/{at}") for at in range(3)]
        await load(make_linkset(*members), on_progress=heard.append)
        assert heard == [2, 3]


class TestBroken:
    @pytest.mark.parametrize(
        ("document", "path", "code"),
        [
            (b"{", "", "bad_json"),
            (b"\xff", "", "bad_json"),
            (b"[" * 5000, "", "bad_json"),
            ("text", "", "not_an_object"),
            ([7], "[0]", "not_an_object"),
            (make_linkset({PIP: [make_link()]}), ANCHOR, "anchor_missing"),
            (make_linkset(make_member(anchor="/01/09506000134353")), ANCHOR, "check_digit"),
            (make_linkset(make_member(anchor=f"/01/{GTIN}?17=261231")), ANCHOR, "anchor_not_plain"),
            (make_entry(qualifiers="10"), "anchor", "bad_qualifiers"),
            (make_entry(qualifiers=[{"10": 7}]), "anchor", "bad_qualifiers"),
            (make_entry(qualifiers=[{"254": "A"}]), "anchor", "not_a_qualifier"),
            (make_entry(qualifiers=[{"22": "{v}"}, {"10": "L"}]), "anchor", "open_value_not_last"),
            (make_entry(qualifiers=[{"10": "L"}, {"21": "{s}"}]), "anchor", "open_value_not_alone"),
            (make_linkset(make_member(7)), FIRST, "not_an_object"),
            (make_linkset(make_member({"title": "x"})), FIRST, "href_missing"),
            (make_linkset(make_member(make_link(href="/oat"))), FIRST, "custom_url_not_absolute"),
            (make_linkset(make_member(make_link(hreflang=[7]))), FIRST, "not_a_text"),
            (make_linkset(make_member(make_link(type=["a/b"]))), FIRST, "not_a_text"),
            (make_linkset(make_member(make_link(hreflang=["e_n"]))), FIRST, "bad_language"),
            (make_linkset(make_member(make_link(type="pdf"))), FIRST, "bad_media_type"),
            (
                make_linkset(make_member(describedby=[make_link()])),
                "linkset[0].describedby[0]",
                "unknown_link_type",
            ),
            (
                make_linkset(make_member(handledBy=[make_link()])),
                "linkset[0].gs1:handledBy[0]",
                "reserved_link_type",
            ),
            (make_entry(make_link(href="https://example.com/{1}")), "links[0]", "unknown_placeholder"),
            (make_entry(make_link(linktype=None)), "links[0]", "link_type_missing"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    async def test_is_reported(self, load: Import, document: Any, path: str, code: str) -> None:
        report = await load(document)
        assert refusals(report) == [(path, code)]
        assert (report.kept, report.refused) == (0, 1)

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"hreflang": "en"}, "not_a_list"),
            ({"fwqs": False}, "member_left_out"),
            ({"public": False}, "member_left_out"),
            ({"rel": "pip"}, "member_left_out"),
            ({"title": 7}, "not_a_text"),
            ({"title": "Serial {serialnumber}"}, "title_not_filled"),
            ({"title": "x" * 256}, "title_cut"),
        ],
    )
    async def test_a_link_that_loses_something_is_kept_and_noted(
        self, load: Import, fields: dict[str, Any], code: str
    ) -> None:
        report = await load(make_linkset(make_member(make_link(**fields))))
        assert notes(report) == [(FIRST, code)]
        assert (report.kept, report.refused) == (1, 0)

    async def test_what_goes_without_saying_is_not_noted(self, load: Import) -> None:
        report = await load(make_linkset(make_member(make_link(fwqs=True, public=True))))
        assert report.findings == []

    async def test_good_links_are_kept_beside_bad_ones(self, load: Import, services: Services) -> None:
        report = await load(make_linkset(make_member(make_link(href="ftp://x"), make_link())))
        assert [(finding.code, finding.field) for finding in report.findings] == [
            ("custom_url_not_absolute", "href")
        ]
        assert (report.kept, report.refused) == (1, 1)
        assert [url for _, _, url in await targets(services)] == [PAGE]

    @pytest.mark.parametrize("seed", range(40))
    async def test_whatever_is_broken_is_reported_and_nothing_raises(self, load: Import, seed: int) -> None:
        chance = random.Random(seed)
        document = read_sample(chance.choice(sorted(path.name for path in SAMPLES.glob("*.json"))))
        report = await load(mutate(document, chance))
        assert all(finding.code and finding.message for finding in report.findings)


def mutate(document: Any, chance: random.Random) -> Any:
    """Put something else in a few places of a document."""
    broken = {"": deepcopy(document)}
    for _ in range(chance.randint(1, 4)):
        holder: Any = broken
        key: Any = ""
        while isinstance(holder[key], list | dict) and holder[key] and chance.random() < 0.9:
            holder = holder[key]
            key = chance.choice(list(holder if isinstance(holder, dict) else range(len(holder))))
        holder[key] = chance.choice(BROKEN)
    return broken[""]
