"""The adapter that looks at URLs, against a web server."""

import pytest

from product_platform.digital_link import HttpUrlCheck
from product_platform.digital_link.ports import Verdict
from product_platform.kit.ssrf import Guard
from tests.product_platform.digital_link.conftest import make_loopback_check
from tests.product_platform.web_server import Page, WebServer, lead_to


@pytest.fixture
def check() -> HttpUrlCheck:
    return make_loopback_check()


class TestCheck:
    @pytest.mark.parametrize("status", [200, 204, 300, 304])
    async def test_a_page(self, web: WebServer, check: HttpUrlCheck, status: int) -> None:
        web.pages["/"] = Page(status)
        assert await check.check(web.url("/")) is Verdict.ALIVE
        assert [asked.method for asked in web.asked] == ["HEAD"]

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 500, 503])
    async def test_no_page(self, web: WebServer, check: HttpUrlCheck, status: int) -> None:
        web.pages["/"] = Page(status)
        assert await check.check(web.url("/")) is Verdict.FAILED
        assert [asked.method for asked in web.asked] == ["HEAD"]

    @pytest.mark.parametrize("status", [405, 501])
    async def test_a_server_that_does_not_know_head(
        self, web: WebServer, check: HttpUrlCheck, status: int
    ) -> None:
        web.pages = {"HEAD /": Page(status), "GET /": Page(200)}
        assert await check.check(web.url("/")) is Verdict.ALIVE
        assert [asked.method for asked in web.asked] == ["HEAD", "GET"]

    async def test_redirects(self, web: WebServer, check: HttpUrlCheck) -> None:
        web.pages = {"/": lead_to("/page"), "/page": Page(), "/round": lead_to("/round")}
        assert await check.check(web.url("/")) is Verdict.ALIVE
        assert await check.check(web.url("/round")) is Verdict.FAILED

    async def test_a_redirect_inside(self, web: WebServer, check: HttpUrlCheck) -> None:
        web.pages["/"] = lead_to("http://10.0.0.1/")
        assert await check.check(web.url("/")) is Verdict.REFUSED

    async def test_where_requests_may_not_go(self, check: HttpUrlCheck) -> None:
        assert await check.check("http://10.0.0.1/") is Verdict.REFUSED

    async def test_nobody_listens(self, check: HttpUrlCheck) -> None:
        assert await check.check("http://127.0.0.1:1/") is Verdict.SILENT

    async def test_a_host_without_address(self) -> None:
        async def no_names(host: str, port: int) -> list[str]:
            raise OSError("no such name")

        check = HttpUrlCheck(Guard(look_up=no_names))
        assert await check.check("https://nowhere.invalid/") is Verdict.SILENT

    async def test_a_server_that_keeps_silent(
        self, web: WebServer, check: HttpUrlCheck, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("product_platform.digital_link.adapters.http._PATIENCE_S", 0.1)
        web.is_silent = True
        assert await check.check(web.url("/")) is Verdict.SILENT
