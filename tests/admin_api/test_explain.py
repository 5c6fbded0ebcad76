"""The API explains with an edge of its own."""

import httpx2
import pytest

pytestmark = pytest.mark.servers


async def test_the_whole_api_has_an_edge_to_ask(client: httpx2.AsyncClient, raw_key: str) -> None:
    client.headers["X-API-Key"] = raw_key
    organizations = (await client.get("/account/api/v1/organizations")).json()["data"]
    path = f"/resolver/api/v1/organizations/{organizations[0]['id']}/explain"
    answer = await client.post(path, json={"uri": "/01/09506000134352"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["outcome"]) == (404, "NOT_FOUND")
