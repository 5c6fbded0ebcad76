from dataclasses import replace
from http.cookies import SimpleCookie

import httpx2
import pytest
from starlette.routing import Mount

from product_platform.account import Accounts
from product_platform.kit.services import Services

pytestmark = pytest.mark.servers

WHOAMI = "/account/api/v1/whoami"
ORGANIZATIONS = "/account/api/v1/organizations"


async def refused(client: httpx2.AsyncClient, headers: dict[str, str], path: str = WHOAMI) -> dict:
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'ApiKey realm="api"'
    assert answer.headers["x-request-id"]
    return answer.json()["error"]


class TestAuthenticationMiddleware:
    async def test_a_good_key_is_who_it_stands_for(self, client, raw_key):
        answer = await client.get(WHOAMI, headers={"X-API-Key": raw_key})
        assert (answer.status_code, answer.json()["email"]) == (200, "ana@example.com")

    async def test_without_a_credential_an_endpoint_that_needs_one_refuses(self, client):
        assert (await refused(client, {}))["code"] == "UNAUTHORIZED"

    async def test_every_bad_key_reads_the_same(self, client, services: Services, raw_key):
        await services.database.pool.execute("UPDATE api_keys SET is_active = false")
        keys = ["", "x", raw_key, raw_key[:-8] + "00000000", "csu_" + "a" * 32 + "_cf2f4dc5"]
        answers = [await refused(client, {"X-API-Key": key}) for key in keys]
        assert answers == [await refused(client, {})] * len(keys)

    async def test_a_bad_key_is_refused_even_where_none_is_needed(self, client):
        assert (await client.get("/healthz")).status_code == 200
        await refused(client, {"X-API-Key": "x"}, "/healthz")

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [("GET", "/nothing", 404), ("GET", "/account/api/v1/nothing", 404), ("DELETE", WHOAMI, 405)],
    )
    async def test_route_and_method_are_checked_before_the_key(self, client, method, path, status):
        answer = await client.request(method, path, headers={"X-API-Key": "x"})
        assert answer.status_code == status
        assert "ratelimit-limit" not in answer.headers

    async def test_an_access_token_is_unknown(self, client, raw_key):
        await refused(client, {"Authorization": "Bearer x"})
        both = {"X-API-Key": raw_key, "Authorization": "Bearer x"}
        assert (await client.get(WHOAMI, headers=both)).status_code == 200

    async def test_a_bad_key_is_not_made_good_by_another_credential(self, client):
        await refused(client, {"X-API-Key": "x", "Authorization": "Bearer x"})

    async def test_what_the_user_founds_is_in_sight_at_once(self, client, raw_key):
        headers = {"X-API-Key": raw_key}
        created = await client.post(ORGANIZATIONS, json={"name": "New", "country": "CA"}, headers=headers)
        path = f"{ORGANIZATIONS}/{created.json()['id']}"
        assert (await client.get(path, headers=headers)).status_code == 200

    async def test_the_use_of_a_key_is_written_down(self, client, services: Services, raw_key, clock):
        await client.get(WHOAMI, headers={"X-API-Key": raw_key})
        assert await services.database.pool.fetchval("SELECT last_used FROM api_keys") == clock.now()

    async def test_a_publishable_key_is_forbidden(self, client, services: Services, raw_key):
        headers = {"X-API-Key": raw_key}
        organization = (await client.get(ORGANIZATIONS, headers=headers)).json()["data"][0]["id"]
        path = f"{ORGANIZATIONS}/{organization}/api-keys"
        created = await client.post(path, json={"name": "shop", "key_type": "cpk"}, headers=headers)
        answer = await client.get(WHOAMI, headers={"X-API-Key": created.json()["key"]})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")


class TestRateLimit:
    async def test_a_key_has_the_quotas_that_it_was_given(self, client, services: Services, raw_key):
        await services.database.pool.execute("UPDATE api_keys SET rate_limit_per_minute = 1")
        headers = {"X-API-Key": raw_key}
        first = await client.get(WHOAMI, headers=headers)
        assert first.headers["ratelimit-policy"] == "1;w=60, 10000;w=86400"
        second = await client.get(WHOAMI, headers=headers)
        assert (second.status_code, second.json()["error"]["code"]) == (429, "RATE_LIMITED")
        assert second.headers["x-request-id"]

    async def test_a_publishable_key_has_fewer_requests_a_minute(self, client, services: Services, raw_key):
        headers = {"X-API-Key": raw_key}
        organization = (await client.get(ORGANIZATIONS, headers=headers)).json()["data"][0]["id"]
        path = f"{ORGANIZATIONS}/{organization}/api-keys"
        created = await client.post(path, json={"name": "shop", "key_type": "cpk"}, headers=headers)
        answer = await client.get(WHOAMI, headers={"X-API-Key": created.json()["key"]})
        assert (answer.status_code, answer.headers["x-ratelimit-limit"]) == (403, "100")

    async def test_strangers_are_not_counted(self, client):
        answer = await client.get("/resolver/api/v1/hosts/allowed?domain=id.example.com")
        assert (answer.status_code, "ratelimit-limit" in answer.headers) == (404, False)


PASSWORD = "correct horse battery"
LOGIN = "/account/api/v1/session"


@pytest.fixture
async def session(client, services: Services, raw_key) -> dict[str, str]:
    """Log the user in, and return the cookies by name."""
    accounts = Accounts(services.clock)
    async with services.database.transaction() as connection:
        user = await accounts.find_user(connection, "ana@example.com")
    await accounts.passwords.store(services.database, user.id, PASSWORD)
    answer = await client.post(LOGIN, json={"email": "ana@example.com", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return {name: cookie.value for name, cookie in cookies_of(answer).items()}


def cookies_of(answer: httpx2.Response) -> SimpleCookie:
    cookies = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        cookies.load(line)
    return cookies


def to_headers(session: dict[str, str]) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in session.items())}


class TestSessionCookies:
    async def test_no_script_and_no_other_site_gets_at_the_session(self, client, services, session):
        answer = await client.post(LOGIN, json={"email": "ana@example.com", "password": PASSWORD})
        cookies = cookies_of(answer)
        assert set(cookies) == {"__Host-session", "__Host-csrftoken"}
        for cookie in cookies.values():
            assert cookie["secure"]
            assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("lax", "/", "")
            assert cookie["max-age"] == str(14 * 24 * 3600)
        assert cookies["__Host-session"]["httponly"]
        assert not cookies["__Host-csrftoken"]["httponly"]
        assert cookies["__Host-csrftoken"].value == answer.json()["csrf_token"]

    async def test_without_tls_the_cookies_have_plain_names(self, app, client, services, session):
        settings = services.settings.model_copy(update={"base_url": "http://localhost:8000"})
        for owner in (app, *(route.app for route in app.routes if isinstance(route, Mount))):
            owner.state.services = replace(services, settings=settings)
        answer = await client.post(LOGIN, json={"email": "ana@example.com", "password": PASSWORD})
        cookies = cookies_of(answer)
        assert set(cookies) == {"session", "csrftoken"}
        assert not cookies["session"]["secure"]
        plain = {name: cookie.value for name, cookie in cookies.items()}
        assert (await client.get(WHOAMI, headers=to_headers(plain))).status_code == 200

    async def test_a_session_is_who_logged_in(self, client, session):
        answer = await client.get(WHOAMI, headers=to_headers(session))
        assert (answer.json()["email"], answer.json()["api_key"]) == ("ana@example.com", None)

    @pytest.mark.parametrize("token", [None, "", "x", "ü".encode()])
    async def test_a_write_needs_the_token_that_only_our_pages_can_read(self, client, session, token):
        headers = to_headers(session) | ({} if token is None else {"X-CSRFToken": token})
        answer = await client.post(ORGANIZATIONS, json={"name": "New", "country": "CA"}, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")

    async def test_a_cookie_that_another_site_has_planted_is_no_proof(self, client, session):
        planted = to_headers(session | {"__Host-csrftoken": "planted"}) | {"X-CSRFToken": "planted"}
        answer = await client.post(ORGANIZATIONS, json={"name": "New", "country": "CA"}, headers=planted)
        assert answer.status_code == 403

    async def test_with_it_a_write_succeeds(self, client, session):
        headers = to_headers(session) | {"X-CSRFToken": session["__Host-csrftoken"]}
        answer = await client.post(ORGANIZATIONS, json={"name": "New", "country": "CA"}, headers=headers)
        assert answer.status_code == 200

    async def test_a_session_that_is_over_is_refused_and_forgotten(self, client, session):
        answer = await client.get(WHOAMI, headers=to_headers(session | {"__Host-session": "over"}))
        assert answer.status_code == 401
        assert {cookie["max-age"] for cookie in cookies_of(answer).values()} == {"0"}

    async def test_it_does_not_keep_a_person_from_logging_in_again(self, client, session):
        answer = await client.post(
            LOGIN,
            json={"email": "ana@example.com", "password": PASSWORD},
            headers=to_headers({"__Host-session": "over"}),
        )
        assert answer.status_code == 200

    async def test_a_key_comes_first_and_a_bad_one_is_not_made_good(self, client, session, raw_key):
        with_key = to_headers(session) | {"X-API-Key": raw_key}
        assert (await client.get(WHOAMI, headers=with_key)).json()["api_key"] is not None
        await refused(client, to_headers(session) | {"X-API-Key": "x"})
        await refused(client, to_headers(session) | {"Authorization": "Bearer x"})
