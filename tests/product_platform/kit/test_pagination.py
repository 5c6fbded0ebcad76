import pytest

from product_platform.kit.errors import InvalidError
from product_platform.kit.pagination import Page, PageQuery, fetch_page, order_by

COLUMNS = {"name": "lower(name)", "created": "created", "day": "day {} NULLS LAST, created"}


class TestPage:
    @pytest.mark.parametrize(
        ("page", "total", "expected"),
        [
            (1, 0, (0, False, False)),
            (1, 25, (1, False, False)),
            (1, 26, (2, True, False)),
            (2, 26, (2, False, True)),
            (3, 26, (2, False, True)),
        ],
    )
    def test_says_where_it_stands(self, page, total, expected):
        pagination = Page.of([], total, PageQuery(page=page)).pagination
        assert (pagination.total_pages, pagination.has_next, pagination.has_previous) == expected

    def test_map_changes_the_rows_alone(self):
        page = Page.of([1, 2], 2, PageQuery())
        assert page.map(str) == Page.of(["1", "2"], 2, PageQuery())


@pytest.mark.servers
class TestFetchPage:
    SQL = "SELECT n FROM generate_series(1, $1::int) AS n ORDER BY n"

    @pytest.mark.parametrize(
        ("page", "rows"), [(1, [1, 2, 3]), (2, [4, 5, 6]), (3, [7]), (4, []), (10**30, [])]
    )
    async def test_fetches_the_rows_of_the_page(self, database, page, rows):
        async with database.transaction() as connection:
            found = await fetch_page(connection, self.SQL, [7], PageQuery(page, 3))
        assert [row["n"] for row in found.data] == rows
        assert found.pagination.total_count == 7


class TestOrderBy:
    @pytest.mark.parametrize(
        ("ordering", "clause"),
        [
            ("name", "ORDER BY lower(name) ASC, id ASC"),
            ("-created", "ORDER BY created DESC, id DESC"),
            ("-day", "ORDER BY day DESC NULLS LAST, created DESC, id DESC"),
        ],
    )
    def test_ends_with_a_unique_column(self, ordering, clause):
        assert order_by(ordering, COLUMNS) == clause

    @pytest.mark.parametrize("ordering", ["", "-", "--name", "id", "name; DROP TABLE users"])
    def test_an_unknown_field_is_invalid(self, ordering):
        with pytest.raises(InvalidError) as refusal:
            order_by(ordering, COLUMNS)
        assert refusal.value.details[0].field == "query.ordering"


def test_a_page_far_behind_the_last_is_one_that_a_database_can_be_asked_for() -> None:
    assert PageQuery(11_137_574_044_121_300_992, 100).offset < 2**63 - 100
