import orjson
import pytest

from resolver.edge import MAX_URI_BYTES
from rules_compiler.model import SerialState, SliceKey
from tests.factories import (
    GTIN,
    lot_key,
    make_catalogue,
    make_instance,
    make_item,
    make_rule,
    serial_key,
)
from tests.resolver.edge_client import PROXY, ROOT, EdgeClient

PATH = f"/01/{GTIN}"


@pytest.fixture
def edge() -> EdgeClient:
    rules = (
        make_rule("product", title="Oat drink, the page"),
        make_rule("recall", order_index=1, link_type="gs1:recallStatus", media_type="application/json"),
        make_rule("faq-en", order_index=2, link_type="gs1:faqs", languages=("en",)),
        make_rule("faq-de", order_index=3, link_type="gs1:faqs", languages=("de",)),
        make_rule("lot", slice_key=lot_key("LOT/7"), custom_url="https://example.com/lot?a=1#top"),
    )
    facts = {"gtin": GTIN, "product_name": "Oat drink", "brand": "Oats", "net_content": "1 l"}
    return EdgeClient(make_catalogue(*rules, items=(make_item(facts=facts),)))


class TestRedirect:
    def test_the_default_link_answers_with_307(self, edge: EdgeClient) -> None:
        reply = edge.get(PATH)
        assert (reply.status, reply.location) == (307, "https://example.com/product")

    def test_it_is_never_cached_and_open_to_every_origin(self, edge: EdgeClient) -> None:
        headers = edge.get(PATH).headers
        assert headers["cache-control"] == "no-store"
        assert headers["access-control-allow-origin"] == "*"
        assert headers["vary"] == "Accept, Accept-Language"

    def test_it_leads_to_the_linkset_of_the_canonical_uri(self, edge: EdgeClient) -> None:
        reply = edge.get("/01/9506000134352/?utm=1")
        assert reply.links == [
            f'<{ROOT}{PATH}?linkType=linkset>; rel="linkset"; type="application/linkset+json"'
        ]

    def test_an_encoded_slash_is_part_of_the_lot(self, edge: EdgeClient) -> None:
        assert edge.get(f"{PATH}/10/LOT%2F7").location == "https://example.com/lot?a=1#top"

    def test_the_query_goes_behind_that_of_the_target_and_before_its_fragment(self, edge: EdgeClient) -> None:
        reply = edge.get(f"{PATH}/10/LOT%2F7?17=270131&foo=b%20r")
        assert reply.location == "https://example.com/lot?a=1&17=270131&foo=b%20r#top"

    def test_a_forwarded_query_cannot_end_the_header(self, edge: EdgeClient) -> None:
        reply = edge.request("GET", PATH.encode() + b"?x=\r\nset-cookie:1")
        assert reply.location == "https://example.com/product?x=%0D%0Aset-cookie:1"

    def test_a_location_that_grew_too_long_is_414(self) -> None:
        long = make_rule(custom_url="https://example.com/" + "x" * 2000)
        edge = EdgeClient(make_catalogue(long))
        assert edge.get(f"{PATH}?x={'y' * 7000}").status == 414

    def test_an_item_without_rules_leads_to_its_hosted_page(self) -> None:
        reply = EdgeClient(make_catalogue()).get(f"{PATH}/21/a%2Fb?17=270131")
        assert reply.location == f"{ROOT}/p{PATH}/21/a%2Fb?17=270131"

    def test_head_has_the_headers_of_get_and_no_body(self, edge: EdgeClient) -> None:
        get, head = (
            edge.get(PATH, accept="application/json"),
            edge.request("HEAD", PATH, accept="application/json"),
        )
        assert (head.status, head.raw_headers, head.body) == (get.status, get.raw_headers, b"")

    def test_the_root_may_carry_a_path(self) -> None:
        edge = EdgeClient(make_catalogue(), base_url="https://example.org/id")
        assert edge.get(f"/id{PATH}").location == f"https://example.org/id/p{PATH}"
        assert edge.get(PATH).status == 299


class TestOtherMethods:
    def test_a_preflight_names_the_reading_methods(self, edge: EdgeClient) -> None:
        reply = edge.request(
            "OPTIONS", PATH, origin="https://a.example", access_control_request_method="GET, X"
        )
        assert (reply.status, reply.headers["access-control-allow-methods"]) == (204, "GET, HEAD, OPTIONS")
        assert reply.headers["allow"] == "GET, HEAD, OPTIONS"

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "BREW"])
    def test_a_writing_method_is_405_with_allow(self, edge: EdgeClient, method: str) -> None:
        reply = edge.request(method, PATH)
        assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


class TestRefusals:
    def test_a_malformed_identifier_is_400_with_code_position_and_message(self, edge: EdgeClient) -> None:
        reply = edge.get("/01/09506000134353")
        (detail,) = reply.json()["error"]["details"]
        assert (reply.status, detail["code"], detail["position"]) == (400, "check_digit", 4)
        assert "09506000134353" in detail["message"]

    def test_a_person_sees_a_page(self, edge: EdgeClient) -> None:
        reply = edge.get("/01/09506000134353", accept="text/html,*/*;q=0.8")
        assert (reply.status, reply.headers["content-type"]) == (400, "text/html; charset=utf-8")

    @pytest.mark.parametrize("accept", ["*/*", "text/html"])
    def test_a_valid_identifier_that_nobody_registered_is_404(self, edge: EdgeClient, accept: str) -> None:
        assert edge.get("/01/09520000200015", accept=accept).status == 404

    def test_a_link_type_without_a_rule_is_404_and_tells_what_there_is(self, edge: EdgeClient) -> None:
        reply = edge.get(f"{PATH}?linkType=gs1:tutorial")
        members = reply.json()["error"]["details"]["linkset"]
        assert reply.status == 404
        assert "https://ref.gs1.org/voc/recallStatus" in members[0]

    def test_a_uri_beyond_any_reason_is_414(self, edge: EdgeClient) -> None:
        assert edge.get(f"{PATH}?x={'y' * MAX_URI_BYTES}").status == 414

    @pytest.mark.parametrize("settings", [{}, {"handled_by": "01/0952=https://other.example.net"}])
    def test_a_query_that_grows_too_long_when_it_is_passed_on_is_414(self, settings: dict[str, str]) -> None:
        client = EdgeClient(make_catalogue(make_rule()), **settings)
        reply = client.request("GET", f"{PATH}?".encode() + b"\xff" * 5000)
        assert (reply.status, reply.location) == (414, None)
        assert client.request("GET", f"{PATH}?".encode() + b"\xff" * 2000).status == 307

    def test_without_a_table_it_asks_to_come_again(self) -> None:
        reply = EdgeClient(None).get(PATH)
        assert (reply.status, reply.headers["retry-after"]) == (503, "1")
        assert "No table is loaded yet" in reply.json()["error"]["message"]

    def test_a_table_that_comes_in_time_is_waited_for(self, edge: EdgeClient) -> None:
        client = EdgeClient(None)

        async def mend(_key: SliceKey) -> bool:
            client.holder.replace(edge.holder.table)
            return True

        client.edge._mend = mend
        assert client.get(PATH).status == 307

    @pytest.mark.parametrize("header", ["undefined", "", ";;q=x", "text/html;q=7,*/*;q="])
    def test_a_nonsensical_accept_is_as_good_as_none(self, edge: EdgeClient, header: str) -> None:
        assert edge.get(PATH, accept=header, accept_language=header).status == 307


class TestChoices:
    def test_equal_candidates_are_300_with_a_linkset(self, edge: EdgeClient) -> None:
        reply = edge.get(f"{PATH}?linkType=gs1:faqs", accept_language="ja")
        (member,) = reply.json()["linkset"]
        hrefs = [link["href"] for link in member["https://ref.gs1.org/voc/faqs"]]
        assert reply.status == 300
        assert reply.location is None
        assert hrefs == ["https://example.com/faq-en", "https://example.com/faq-de"]

    def test_a_language_decides(self, edge: EdgeClient) -> None:
        reply = edge.get(f"{PATH}?linkType=gs1%3Afaqs", accept_language="de-AT,en;q=0.5")
        assert reply.location == "https://example.com/faq-de?linkType=gs1%3Afaqs"


class TestJson:
    def test_it_tells_the_facts_the_code_and_where_a_person_would_go(self, edge: EdgeClient) -> None:
        reply = edge.get(f"{PATH}/10/LOT%2F7/21/S1?17=270131", accept="application/json")
        body = reply.json()
        assert body["product_name"] == "Oat drink"
        assert body["digital_link"] == {
            "uri": f"{ROOT}{PATH}/10/LOT%2F7/21/S1",
            "gtin": GTIN,
            "lot": "LOT/7",
            "serial": "S1",
            "expiry": "270131",
            "ais": {"01": GTIN, "10": "LOT/7", "21": "S1", "17": "270131"},
        }
        assert body["resolution"] == {
            "destination_type": "CUSTOM_URL",
            "url": "https://example.com/lot?a=1#top",
            "rule_id": "lot",
            "scope_type": "BATCH",
            "link_type": None,
        }
        levels = ("/21/S1", "/10/LOT%2F7", "")
        assert [member["anchor"] for member in body["linkset"]] == [
            f"{ROOT}{PATH}{level}" for level in levels
        ]

    def test_with_a_link_type_it_is_a_preference_like_any_other(self, edge: EdgeClient) -> None:
        reply = edge.get(f"{PATH}?linkType=gs1:recallStatus", accept="application/json")
        assert reply.location == "https://example.com/recall?linkType=gs1:recallStatus"

    def test_a_default_that_is_json_itself_is_where_the_caller_goes(self) -> None:
        rules = (make_rule("data", media_type="application/json"), make_rule("page", order_index=1))
        reply = EdgeClient(make_catalogue(*rules)).get(PATH, accept="application/json")
        assert reply.location == "https://example.com/data"


class TestHostedPage:
    def test_it_shows_the_item_and_the_scanned_code(self, edge: EdgeClient) -> None:
        reply = edge.get(f"/p{PATH}/10/LOT%2F7?17=270131")
        text = reply.body.decode()
        assert reply.status == 200
        for shown in ("Oat drink", "Oats", "1 l", "LOT/7", "31 January 2027"):
            assert shown in text

    def test_it_forbids_scripts(self, edge: EdgeClient) -> None:
        assert "default-src 'none'" in edge.get(f"/p{PATH}").headers["content-security-policy"]

    def test_a_flagged_serial_is_said_to_be_one(self) -> None:
        flagged = make_instance(key=serial_key(), state=SerialState.COUNTERFEIT_SUSPECTED)
        edge = EdgeClient(make_catalogue(instances=(flagged,)))
        assert b"counterfeit" in edge.get(f"/p{PATH}/21/1234").body
        assert b"counterfeit" not in edge.get(f"/p{PATH}/21/1235").body

    def test_looking_at_it_is_no_scan(self, edge: EdgeClient) -> None:
        edge.get(f"/p{PATH}")
        assert edge.scans == []


class TestScans:
    def test_a_redirect_is_one_scan_with_the_rule_that_decided(self, edge: EdgeClient) -> None:
        edge.get(f"{PATH}/10/LOT%2F7", user_agent="Mozilla/5.0 (iPhone; Mobile)")
        (scan,) = edge.scans
        assert (scan.key, scan.rule_id, scan.outcome) == (f"01/{GTIN}/10/LOT%2F7", "lot", "redirect")
        assert (scan.device, scan.is_bot, scan.organization_id) == ("mobile", False, "meadow")

    def test_linksets_and_json_count_once_each(self, edge: EdgeClient) -> None:
        edge.get(PATH, accept="application/json")
        edge.get(f"{PATH}?linkType=linkset")
        assert [scan.outcome for scan in edge.scans] == ["json", "linkset"]

    def test_refusals_and_head_count_nothing(self, edge: EdgeClient) -> None:
        edge.request("HEAD", PATH)
        edge.request("OPTIONS", PATH)
        edge.get("/01/09506000134353")
        edge.get(f"{PATH}?linkType=gs1:tutorial")
        assert edge.scans == []

    def test_a_link_preview_is_a_bot(self, edge: EdgeClient) -> None:
        edge.get(PATH, user_agent="WhatsApp/2.23.20")
        assert edge.scans[0].is_bot


class TestCountry:
    def test_a_trusted_proxy_tells_it(self) -> None:
        rules = (make_rule("ca", location_countries=("CA",)), make_rule("all", order_index=1))
        settings = {"country_header": "CF-IPCountry", "trusted_proxies": f"{PROXY}/32"}
        edge = EdgeClient(make_catalogue(*rules), **settings)
        assert edge.get(PATH, cf_ipcountry="ca").location == "https://example.com/ca"
        assert (
            edge.request("GET", PATH, client="198.51.100.9", cf_ipcountry="CA").location
            == "https://example.com/all"
        )
        assert edge.get(f"{PATH}?context=CA").location == "https://example.com/ca?context=CA"


class TestDebug:
    def test_an_answer_names_its_table_when_asked(self, edge: EdgeClient) -> None:
        assert edge.get(PATH, signpost_debug="table").headers["signpost-table"] == "1"
        assert "signpost-table" not in edge.get(PATH).headers


class TestElsewhere:
    @pytest.mark.parametrize("path", ["/", "/foo", "/account/api/v1/whoami", "/p/", "/p/x", "/favicon.ico"])
    def test_other_paths_are_not_for_the_edge(self, edge: EdgeClient, path: str) -> None:
        assert edge.get(path).status == 299


def test_the_linkset_is_cached_until_it_can_change(edge: EdgeClient) -> None:
    first = edge.get(PATH, accept="application/linkset+json")
    assert first.headers["cache-control"] == "public, max-age=60"
    again = edge.get(PATH, accept="application/linkset+json", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert orjson.loads(first.body)["linkset"][-1]["anchor"] == ROOT + PATH


def test_a_context_is_listed_as_written_and_asked_for_in_any_case() -> None:
    rules = (make_rule("trade", contexts=("Trade",)), make_rule("all", order_index=1))
    edge = EdgeClient(make_catalogue(*rules))
    listed = edge.get(PATH, accept="application/linkset+json").json()["linkset"][0]
    assert listed["https://ref.gs1.org/voc/defaultLinkMulti"][0]["context"] == ["Trade"]
    assert edge.get(f"{PATH}?context=TRADE").location == "https://example.com/trade?context=TRADE"
