from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import pytest

from product_platform.brands import BrandRecord, Brands
from product_platform.kit.clock import FixedClock
from product_platform.kit.db import Connection, Database
from product_platform.kit.ids import to_short
from product_platform.kit.pagination import PageQuery
from product_platform.products import LotRecord, ProductRecord, Products, SerialRecord
from product_platform.products.errors import ProductNotOwnedError, ProductTakenError
from product_platform.products.schemas.products import ProductPatch
from rules_compiler.model import SerialState
from tests.product_platform.catalogue import clear_outbox, make_organization, make_principal, read_outbox

pytestmark = pytest.mark.servers

GTIN = "09520000100018"


@pytest.fixture
def products(clock: FixedClock) -> Products:
    return Products(clock)


@pytest.fixture
async def organization(database: Database) -> UUID:
    return await make_organization(database)


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[Connection]:
    """Lend a connection that commits each statement."""
    async with database.pool.acquire() as connection:
        yield connection


@pytest.fixture
async def product(
    connection: Connection, database: Database, products: Products, organization: UUID
) -> ProductRecord:
    record = ProductRecord(gtin=GTIN, product_name="Oat drink", net_content="1 L")
    await products.upsert(connection, organization, record=record)
    await clear_outbox(database)
    return record


class TestUpsert:
    async def test_a_new_product_is_claimed(
        self, connection: Connection, database: Database, products: Products, organization: UUID
    ) -> None:
        record = ProductRecord(gtin="9520000100018", product_name="Oat drink", manufacturer="Meadow")
        assert await products.upsert(connection, organization, record=record)
        body = (await products.get(connection, GTIN)).to_out()
        assert (body.owner_id, body.manufacturer, body.data_source) == (organization, "Meadow", "claimed")
        assert await read_outbox(database) == {f"01/{GTIN}"}

    async def test_doing_it_again_changes_nothing(
        self,
        connection: Connection,
        database: Database,
        products: Products,
        organization: UUID,
        product: ProductRecord,
    ) -> None:
        assert not await products.upsert(connection, organization, record=product)
        assert await read_outbox(database) == set()

    async def test_an_unclaimed_product_is_claimed_and_brought_up_to_date(
        self, connection: Connection, products: Products, organization: UUID
    ) -> None:
        await connection.execute("INSERT INTO products (gtin, product_name) VALUES ($1, 'Found')", GTIN)
        await products.upsert(
            connection, organization, record=ProductRecord(gtin=GTIN, description="Creamy.")
        )
        body = (await products.get(connection, GTIN)).to_out()
        assert (body.owner_id, body.product_name, body.description) == (organization, "Found", "Creamy.")

    @pytest.mark.usefixtures("product")
    async def test_the_product_of_another_is_left_alone(
        self, connection: Connection, database: Database, products: Products
    ) -> None:
        rival = await make_organization(database, "Rival")
        with pytest.raises(ProductTakenError):
            await products.upsert(connection, rival, record=ProductRecord(gtin=GTIN))


@pytest.mark.usefixtures("product")
class TestSetLot:
    async def test_records_the_lot_and_the_item(
        self, connection: Connection, database: Database, products: Products, organization: UUID
    ) -> None:
        record = LotRecord(gtin=GTIN, code="A/1", expiry_date=date(2026, 9, 30))
        assert await products.set_lot(connection, organization, record=record)
        assert await read_outbox(database) == {f"01/{GTIN}/10/A%2F1", f"01/{GTIN}"}

    async def test_fields_that_are_not_given_stay(
        self, connection: Connection, products: Products, organization: UUID
    ) -> None:
        full = LotRecord(gtin=GTIN, code="A1", expiry_date=date(2026, 9, 30))
        await products.set_lot(connection, organization, record=full)
        assert not await products.set_lot(connection, organization, record=full)
        assert not await products.set_lot(connection, organization, record=LotRecord(gtin=GTIN, code="A1"))
        assert await products.set_lot(
            connection, organization, record=LotRecord(gtin=GTIN, code="A1", resolver_enabled=False)
        )
        row = await connection.fetchrow("SELECT expiry_date, resolver_enabled FROM lots")
        assert tuple(row) == (date(2026, 9, 30), False)

    async def test_the_product_of_another_is_left_alone(
        self, connection: Connection, database: Database, products: Products
    ) -> None:
        rival = await make_organization(database, "Rival")
        with pytest.raises(ProductNotOwnedError):
            await products.set_lot(connection, rival, record=LotRecord(gtin=GTIN, code="A1"))


@pytest.mark.usefixtures("product")
class TestSetSerial:
    async def test_records_the_serial_and_the_item(
        self, connection: Connection, database: Database, products: Products, organization: UUID
    ) -> None:
        record = SerialRecord(gtin=GTIN, serial="S1", state=SerialState.SUSPECT)
        assert await products.set_serial(connection, organization, record=record)
        assert not await products.set_serial(connection, organization, record=record)
        assert await read_outbox(database) == {f"01/{GTIN}/21/S1", f"01/{GTIN}"}

    async def test_a_serial_may_name_a_lot(
        self, connection: Connection, products: Products, organization: UUID
    ) -> None:
        record = SerialRecord(gtin=GTIN, serial="S1", lot="A1")
        await products.set_serial(connection, organization, record=record)
        row = await connection.fetchrow(
            "SELECT state, code FROM serials JOIN lots ON lots.id = serials.lot_id"
        )
        assert tuple(row) == ("authentic", "A1")


class TestFacts:
    @pytest.mark.usefixtures("product")
    async def test_holds_what_the_api_shows_of_stored_products(
        self, connection: Connection, products: Products, organization: UUID
    ) -> None:
        facts = await Products.facts(connection, [GTIN, "09520000100025"])
        assert list(facts) == [GTIN]
        assert facts[GTIN] == (await products.get(connection, GTIN)).to_out().model_dump(mode="json")
        assert facts[GTIN]["owner_id"] == to_short(organization)
        assert facts[GTIN]["net_content_value"] == 1


class TestBrandThatChangesHands:
    @pytest.fixture
    async def rival(self, database: Database) -> UUID:
        return await make_organization(database, "Rival")

    @pytest.fixture
    async def brand_id(self, connection: Connection, rival: UUID) -> UUID:
        """Let an unclaimed brand have a product, which a rival claims and has verified."""
        brand_id: UUID = await connection.fetchval(
            "INSERT INTO brands (name, name_key) VALUES ('Havrefin', 'havrefin') RETURNING id"
        )
        await connection.execute(
            """
            INSERT INTO products (gtin, brand_id, owner_id, claim_verification_status, claimed_at,
                field_confidence, confidence_score)
            VALUES ($1, $2, $3, 'verified', '2020-01-01Z', '{"brand": 0.4}', 0.4)
            """,
            GTIN,
            brand_id,
            rival,
        )
        return brand_id

    @pytest.fixture
    async def claimed(
        self, connection: Connection, clock: FixedClock, organization: UUID, brand_id: UUID
    ) -> None:
        await Brands(clock).upsert(connection, organization, record=BrandRecord(name="havrefin"))

    @pytest.mark.usefixtures("claimed")
    async def test_its_products_are_unverified_claims_of_the_new_owner(
        self, connection: Connection, products: Products, organization: UUID, clock: FixedClock
    ) -> None:
        product = await products.get(connection, GTIN)
        assert (product.owner_id, product.claim_verification_status) == (organization, "unverified")
        assert product.claimed_at == clock.now()
        body = product.to_out()
        assert (body.data_source, body.confidence_score, body.field_confidence) == (
            "claimed",
            1.0,
            {"brand": 1.0},
        )

    @pytest.mark.usefixtures("claimed")
    async def test_its_products_are_listed_with_the_new_owner_alone(
        self, connection: Connection, products: Products, organization: UUID, rival: UUID
    ) -> None:
        gtins = {
            owner: [product.gtin for product in page.data]
            for owner in (organization, rival)
            for page in [
                await products.list_products(
                    connection, PageQuery(), principal=make_principal(owner), organization_id=owner
                )
            ]
        }
        assert gtins == {organization: [GTIN], rival: []}

    @pytest.mark.usefixtures("claimed")
    async def test_the_new_owner_never_inherits_a_verified_claim(
        self, connection: Connection, products: Products, organization: UUID
    ) -> None:
        principal = make_principal(organization)
        await products.patch(connection, GTIN, principal=principal, body=ProductPatch(brand_id=None))
        product = await products.get(connection, GTIN)
        assert (product.owner_id, product.claim_verification_status) == (organization, "unverified")

    @pytest.mark.usefixtures("claimed")
    async def test_the_brand_alone_is_published(self, database: Database, brand_id: UUID) -> None:
        assert await read_outbox(database) == {f"brand/{to_short(brand_id)}"}

    @pytest.mark.usefixtures("claimed")
    async def test_a_new_name_publishes_the_brand_alone(
        self,
        connection: Connection,
        database: Database,
        organization: UUID,
        clock: FixedClock,
        brand_id: UUID,
    ) -> None:
        await clear_outbox(database)
        await Brands(clock).upsert(connection, organization, record=BrandRecord(name="HAVREFIN"))
        assert await read_outbox(database) == {f"brand/{to_short(brand_id)}"}
        assert (await Products.facts(connection, [GTIN]))[GTIN]["brand"] == "HAVREFIN"
