import base64
import hashlib
import re

import pytest

from product_platform.account import PASSWORD_PATH

pytestmark = pytest.mark.servers


async def test_it_runs_its_own_script_alone(client):
    answer = await client.get(PASSWORD_PATH)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = answer.headers["content-security-policy"]
    for tag in ("script", "style"):
        inner = re.search(f"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inner[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "frame-ancestors 'none'" in policy
    assert re.search(r"<[^>]*\son\w+=", answer.text) is None


async def test_it_asks_the_api_beside_it(client):
    page = (await client.get(PASSWORD_PATH)).text
    (asked,) = re.findall(r'fetch\("([^"]+)"', page)
    path = f"{PASSWORD_PATH.rpartition('/')[0]}/{asked}"
    answer = await client.post(path, json={"token": "wrong", "password": "correct horse battery"})
    assert (answer.status_code, answer.json()["error"]["details"][0]["code"]) == (422, "password_link_bad")


async def test_the_link_is_told_to_nobody(client):
    answer = await client.get(PASSWORD_PATH)
    assert (answer.headers["referrer-policy"], answer.headers["cache-control"]) == ("no-referrer", "no-store")
