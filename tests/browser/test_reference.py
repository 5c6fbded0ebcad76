"""The reference of the API in a real browser: it shows every operation, and lets one be tried."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from admin_api.wiring import create_domains
from tests.browser.chromium import needs_chromium
from tests.integration.running import Up, running

pytestmark = [pytest.mark.processes, needs_chromium]

COUNTS = {
    domain.name: sum(len(methods) for methods in domain.app.openapi()["paths"].values())
    for domain in create_domains()
}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with running(tmp_path_factory.mktemp("reference") / ".signpost", "--workers", "1") as up:
        up.ready = up.wait_until_ready()
        yield up


@pytest.fixture
def complaints() -> list[str]:
    """Collect what a page says in its console, such as what its policy forbids, and whom else it asks."""
    return []


@pytest.fixture
def page(browser: Browser, up: Up, complaints: list[str]) -> Iterator[Page]:
    page = browser.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request", lambda request: complaints.append(request.url) if is_foreign(request.url, up) else None
    )
    yield page
    page.close()


def is_foreign(url: str, up: Up) -> bool:
    return not url.startswith((f"http://localhost:{up.port}/", "data:", "blob:"))


@pytest.mark.parametrize("name", COUNTS)
def test_every_operation_is_shown_without_asking_anybody_else(
    page: Page, up: Up, complaints: list[str], name: str
) -> None:
    page.goto(f"http://localhost:{up.port}/docs/{name}")
    page.wait_for_selector(".opblock")
    assert page.locator(".opblock").count() == COUNTS[name]
    assert complaints == []


def test_an_operation_can_be_tried_with_a_key(page: Page, up: Up, complaints: list[str]) -> None:
    page.goto(f"http://localhost:{up.port}/docs/account")
    page.click("button.authorize")
    page.fill(".auth-container:has-text('X-API-Key') input", up.ready["api_key"])
    page.locator(".auth-container:has-text('X-API-Key') .authorize").click()
    page.locator(".btn-done").first.click()
    page.click("#operations-account-whoami .opblock-summary-control")
    page.click("#operations-account-whoami .execute")
    answer = page.locator("#operations-account-whoami .live-responses-table .response")
    answer.wait_for()
    assert "200" in answer.locator(".response-col_status").inner_text()
    assert "owner@localhost" in answer.inner_text()
    assert complaints == []
