"""Nobody overwrites what they have not read: `ETag` and `If-Match` of rules and of the rule set."""

from typing import Any

import httpx2
import pytest

from tests.product_platform.digital_link.conftest import create_rule

pytestmark = pytest.mark.servers


@pytest.fixture
async def rule(client: httpx2.AsyncClient, rules_path: str) -> dict[str, Any]:
    return await create_rule(client, rules_path, custom_url="https://example.com/a")


@pytest.fixture
def path(rule: dict[str, Any]) -> str:
    return f"/resolution-rules/{rule['id']}"


async def read_etag(client: httpx2.AsyncClient, path: str) -> str:
    etag: str = (await client.get(path)).headers["etag"]
    return etag


async def patch(client: httpx2.AsyncClient, path: str, title: str, if_match: str) -> httpx2.Response:
    return await client.patch(path, json={"title": title}, headers={"if-match": if_match})


def assert_refused(answer: httpx2.Response) -> None:
    assert answer.status_code == 412
    assert answer.json()["error"]["code"] == "PRECONDITION_FAILED"


class TestRule:
    async def test_every_answer_with_a_rule_tells_its_etag(
        self, client: httpx2.AsyncClient, rules_path: str
    ) -> None:
        body = {"scope_type": "ORGANIZATION", "destination_type": "HOSTED_PAGE"}
        made = await client.post(rules_path, json=body)
        path = f"/resolution-rules/{made.json()['id']}"
        assert made.headers["etag"] == await read_etag(client, path)
        changed = await client.patch(path, json={"title": "Drink"})
        assert changed.headers["etag"] == await read_etag(client, path) != made.headers["etag"]
        assert not changed.headers["etag"].startswith("W/")

    @pytest.mark.parametrize("form", ["{}", '"other", {}', "*"])
    async def test_who_has_read_the_rule_may_change_it(
        self, client: httpx2.AsyncClient, path: str, form: str
    ) -> None:
        answer = await patch(client, path, "Drink", form.format(await read_etag(client, path)))
        assert answer.status_code == 200

    @pytest.mark.parametrize("form", ['"other"', "W/{}", ""])
    async def test_another_etag_changes_nothing(
        self, client: httpx2.AsyncClient, path: str, rule: dict[str, Any], form: str
    ) -> None:
        assert_refused(await patch(client, path, "Drink", form.format(await read_etag(client, path))))
        assert (await client.get(path)).json() == rule

    async def test_the_second_of_two_writers_is_refused(self, client: httpx2.AsyncClient, path: str) -> None:
        etag = await read_etag(client, path)
        assert (await patch(client, path, "First", etag)).status_code == 200
        assert_refused(await patch(client, path, "Second", etag))
        assert (await client.get(path)).json()["title"] == "First"

    async def test_a_rule_that_has_changed_is_not_deleted(
        self, client: httpx2.AsyncClient, path: str
    ) -> None:
        etag = await read_etag(client, path)
        await client.patch(path, json={"title": "Drink"})
        assert_refused(await client.delete(path, headers={"if-match": etag}))
        assert (await client.get(path)).status_code == 200
        etag = await read_etag(client, path)
        assert (await client.delete(path, headers={"if-match": etag})).status_code == 200


class TestRuleSet:
    async def test_a_reorder_of_an_old_rule_set_is_refused(
        self, client: httpx2.AsyncClient, rules_path: str, rule: dict[str, Any]
    ) -> None:
        etag = await read_etag(client, rules_path)
        order = {"rules": [{"id": rule["id"], "order_index": 7}]}
        await create_rule(client, rules_path, custom_url="https://example.com/b")
        assert_refused(await client.post(f"{rules_path}/reorder", json=order, headers={"if-match": etag}))
        assert (await client.get(rules_path)).json()["data"][0]["order_index"] == 0

    async def test_a_reorder_tells_the_new_etag(
        self, client: httpx2.AsyncClient, rules_path: str, rule: dict[str, Any]
    ) -> None:
        etag = await read_etag(client, rules_path)
        order = {"rules": [{"id": rule["id"], "order_index": 7}]}
        answer = await client.post(f"{rules_path}/reorder", json=order, headers={"if-match": etag})
        assert answer.status_code == 200
        assert answer.headers["etag"] == await read_etag(client, rules_path) != etag
