"""The minimal tier: five fields, and nothing that tells a known serial from an unknown one."""

import asyncio
import time as wall
from collections.abc import Iterable
from itertools import islice
from statistics import NormalDist, median
from typing import Any

import orjson
import pytest

from resolver.holder import Holder
from resolver.limits import Limiter
from resolver.settings import EdgeSettings
from resolver.verification import VERIFY_PATH, Verifier, is_well_formed
from rules_compiler.compiler import compile_catalogue
from rules_compiler.model import Catalogue, Instance, SerialState
from tests.factories import (
    GTIN,
    NOON,
    make_catalogue,
    make_instance,
    make_rule,
    serial_key,
)
from tests.resolver.edge_client import Reply

KEY = "csb_q7Zt2LmVx9Kc4RbN8sWd1HyPf6JgTe3U_b6a4ed47"
LIMIT = 60
SERIALS = 10_000
ECHOES = ("gtin", "serialNumber", "verifiedAt")


class Verifying:
    """A verifier over *catalogue*, in front of an api process that answers *api_status*."""

    def __init__(
        self, catalogue: Catalogue | None, *, limit: int = LIMIT, api_status: int = 299, **settings: Any
    ) -> None:
        self.now = NOON
        self.api_status = api_status
        self.api_requests = 0
        holder = Holder(lambda: self.now)
        if catalogue is not None:
            holder.replace(compile_catalogue(catalogue))
        limiter = Limiter(None, limit=limit, window_s=3600, workers=1, now=lambda: self.now)
        self.app = Verifier(
            holder, limiter, EdgeSettings(**settings), api=self._answer_as_api, now=lambda: self.now
        )

    async def _answer_as_api(self, _scope: Any, _receive: Any, send: Any) -> None:
        self.api_requests += 1
        await send({"type": "http.response.start", "status": self.api_status, "headers": []})
        await send({"type": "http.response.body", "body": b"the api"})

    async def ask(self, path: str, method: str = "GET", client: str = "192.0.2.1", **headers: str) -> Reply:
        scope = {
            "type": "http",
            "method": method,
            "raw_path": path.encode(),
            "client": (client, 50_000),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, None, send)  # type: ignore[arg-type]  # nothing is received
        start, body = sent
        return Reply(start["status"], start["headers"], body["body"])

    def get(self, path: str, method: str = "GET", **headers: str) -> Reply:
        return asyncio.run(self.ask(path, method, **headers))


def path_of(serial: str = "1234", gtin: str = GTIN) -> str:
    return f"{VERIFY_PATH}/01/{gtin}/21/{serial}"


def code_of(reply: Reply) -> tuple[int, str]:
    (detail,) = reply.json()["error"]["details"]
    return reply.status, detail["code"]


def make_serial(serial: str, state: SerialState = SerialState.AUTHENTIC) -> Instance:
    return make_instance(key=serial_key(serial), state=state)


@pytest.fixture
def verifying() -> Verifying:
    flagged = [make_serial(state.value[:10], state) for state in SerialState]
    return Verifying(make_catalogue(instances=tuple(flagged)))


class TestAnswer:
    def test_it_has_five_fields_in_order(self, verifying: Verifying) -> None:
        reply = verifying.get(path_of("S-0042", gtin="850012345671"))
        assert reply.status == 200
        assert reply.body == (
            b'{"verificationStatus":"authentic","gtin":"850012345671","serialNumber":"S-0042",'
            b'"verifiedAt":"2026-06-10T12:00:00Z","recommendation":"proceed"}'
        )

    @pytest.mark.parametrize("state", [state for state in SerialState if state != "authentic"])
    def test_a_warning_is_told(self, verifying: Verifying, state: SerialState) -> None:
        body = verifying.get(path_of(state.value[:10])).json()
        assert (body["verificationStatus"], body["recommendation"]) == (state, "flag_for_review")

    def test_a_gtin_is_found_however_it_is_padded_and_echoed_as_it_came(self, verifying: Verifying) -> None:
        body = verifying.get(path_of("suspect", gtin=GTIN.lstrip("0"))).json()
        assert (body["gtin"], body["verificationStatus"]) == (GTIN.lstrip("0"), "suspect")

    def test_a_serial_is_decoded_as_one_segment(self) -> None:
        verifying = Verifying(make_catalogue(instances=(make_serial("A/B", SerialState.SUSPECT),)))
        body = verifying.get(path_of("A%2FB")).json()
        assert (body["serialNumber"], body["verificationStatus"]) == ("A/B", "suspect")

    def test_a_serial_with_rules_but_no_warning_is_authentic(self) -> None:
        verifying = Verifying(make_catalogue(make_rule(slice_key=serial_key("1234"))))
        assert verifying.get(path_of("1234")).json()["verificationStatus"] == "authentic"

    def test_it_is_never_stored_and_open_to_every_page(self, verifying: Verifying) -> None:
        headers = verifying.get(path_of()).headers
        assert headers["cache-control"] == "no-store"
        assert headers["access-control-allow-origin"] == "*"

    def test_head_answers_as_get_without_a_body(self, verifying: Verifying) -> None:
        reply = verifying.get(path_of(), "HEAD")
        assert (reply.status, reply.body) == (200, b"")
        assert int(reply.headers["content-length"]) == len(verifying.get(path_of()).body)

    def test_options_tell_the_methods_and_count_nothing(self, verifying: Verifying) -> None:
        assert verifying.get(path_of(), "OPTIONS").headers["access-control-allow-methods"]
        assert verifying.get(path_of()).headers["ratelimit-remaining"] == str(LIMIT - 1)

    def test_other_methods_are_refused(self, verifying: Verifying) -> None:
        reply = verifying.get(path_of(), "POST")
        assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD, OPTIONS")

    def test_without_a_table_there_is_no_answer(self) -> None:
        assert Verifying(None).get(path_of()).status == 503

    def test_all_else_is_for_the_api(self, verifying: Verifying) -> None:
        assert verifying.get(f"{VERIFY_PATH}/01/{GTIN}").body == b"the api"


class TestInput:
    @pytest.mark.parametrize("gtin", ["1234567", "123456789012345", "1234567x", "", "%D9%A1%D9%A2345678"])
    def test_a_bad_gtin(self, verifying: Verifying, gtin: str) -> None:
        assert code_of(verifying.get(path_of(gtin=gtin))) == (422, "invalid_gtin")

    @pytest.mark.parametrize("gtin", ["12345678", "123456789", "09506000134353"])
    def test_lengths_and_check_digits_are_not_tested(self, verifying: Verifying, gtin: str) -> None:
        assert verifying.get(path_of(gtin=gtin)).status == 200

    @pytest.mark.parametrize("serial", ["", "%20", "%C3%A9", "x" * 21])
    def test_a_bad_serial(self, verifying: Verifying, serial: str) -> None:
        assert code_of(verifying.get(path_of(serial))) == (422, "invalid_serial")

    def test_of_two_the_gtin_is_told(self, verifying: Verifying) -> None:
        assert code_of(verifying.get(path_of("", gtin="1"))) == (422, "invalid_gtin")

    def test_a_refusal_counts(self, verifying: Verifying) -> None:
        verifying.get(path_of(gtin="1"))
        assert verifying.get(path_of()).headers["ratelimit-remaining"] == str(LIMIT - 2)


class TestLimit:
    def test_the_headers_tell_where_one_stands(self, verifying: Verifying) -> None:
        verifying.now += 60
        headers = verifying.get(path_of()).headers
        assert headers["ratelimit-policy"] == "60;w=3600"
        assert headers["ratelimit-limit"] == headers["x-ratelimit-limit"] == "60"
        assert headers["ratelimit-remaining"] == headers["x-ratelimit-remaining"] == "59"
        assert headers["ratelimit-reset"] == "3540"
        assert headers["x-ratelimit-reset"] == str(int(NOON) + 3600)

    def test_beyond_it_one_is_told_how_long_to_wait(self) -> None:
        verifying = Verifying(make_catalogue(), limit=1)
        assert verifying.get(path_of()).status == 200
        reply = verifying.get(path_of())
        error = reply.json()["error"]
        assert (reply.status, error["code"], reply.headers["ratelimit-remaining"]) == (
            429,
            "RATE_LIMITED",
            "0",
        )
        assert int(reply.headers["retry-after"]) == error["retry_after_seconds"] == 3600

    def test_a_proxy_tells_whose_request_it_is(self) -> None:
        verifying = Verifying(make_catalogue(), limit=1, trusted_proxies="192.0.2.1")
        first, second = (verifying.get(path_of(), x_forwarded_for=f"203.0.113.{n}") for n in (1, 2))
        assert (first.status, second.status) == (200, 200)

    def test_nobody_else_gets_more_by_saying_so(self) -> None:
        verifying = Verifying(make_catalogue(), limit=1)
        told = ("203.0.113.1", "203.0.113.2", "2001:db8::1", "::ffff:203.0.113.3", "unknown", "")
        statuses = [verifying.get(path_of(), x_forwarded_for=address).status for address in told]
        assert statuses == [200, *[429] * (len(told) - 1)]

    def test_what_a_client_writes_before_its_address_counts_for_nothing(self) -> None:
        verifying = Verifying(make_catalogue(), limit=1, trusted_proxies="192.0.2.1")
        told = ("203.0.113.1", "9.9.9.9, 203.0.113.1", "192.0.2.1, 203.0.113.1", ",,203.0.113.1")
        statuses = [verifying.get(path_of(), x_forwarded_for=address).status for address in told]
        assert statuses == [200, 429, 429, 429]


class TestKey:
    def test_whoever_shows_one_asks_the_api(self, verifying: Verifying) -> None:
        assert verifying.get(path_of(), x_api_key=KEY).body == b"the api"

    def test_a_malformed_one_does_not_get_there(self, verifying: Verifying) -> None:
        reply = verifying.get(path_of(), x_api_key=KEY[:-1] + "8")
        assert (reply.status, verifying.api_requests) == (200, 0)

    @pytest.mark.parametrize("status", [401, 403])
    def test_one_that_is_refused_is_as_good_as_none(self, status: int) -> None:
        verifying = Verifying(make_catalogue(), api_status=status)
        known, anonymous = verifying.get(path_of(), x_api_key=KEY), verifying.get(path_of())
        assert known.body == anonymous.body
        assert anonymous.headers["ratelimit-remaining"] == str(LIMIT - 2)

    @pytest.mark.parametrize(
        ("key", "holds"),
        [
            (KEY, True),
            ("csu_gjuWa8mRVtLLCWPgEuxqyhxEykCpZj6R_00f31087", True),
            ("cpk_00000000000000000000000000000000_a0f292d0", True),
            ("csb_AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEf_84041098", True),
            ("csb_AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEf_1a2b3c4d", False),
            ("abc_q7Zt2LmVx9Kc4RbN8sWd1HyPf6JgTe3U_b6a4ed47", False),
            (f"{KEY}\n", False),
            ("", False),
        ],
    )
    def test_it_is_well_formed(self, key: str, holds: bool) -> None:
        assert is_well_formed(key.encode()) is holds


def paths_of(initial: str) -> Iterable[str]:
    return (path_of(f"{initial}{number:09d}") for number in range(SERIALS))


@pytest.fixture(scope="module")
def many() -> Verifying:
    """Know 10,000 authentic serials, and one that is not, so that there are slices of serials."""
    known = [make_serial(f"K{number:09d}") for number in range(SERIALS)]
    flagged = make_serial("flagged", SerialState.SUSPECT)
    return Verifying(make_catalogue(instances=(*known, flagged)), limit=10**9)


class TestEnumeration:
    """What an answer and its time tell about 10,000 serials that are known, and 10,000 that are not."""

    BATCH = 100

    async def test_bodies_and_headers_are_the_same(self, many: Verifying) -> None:
        seen = set()
        for known, unknown in zip(paths_of("K"), paths_of("U"), strict=True):
            seen |= {masked(await many.ask(known)), masked(await many.ask(unknown))}
        assert len(seen) == 1

    async def test_times_are_not_told_apart(self, many: Verifying) -> None:
        """The medians of interleaved batches pass a Mann-Whitney test, two-sided, at p > 0.001.

        A median of a batch is not moved by what else the machine does now and then. Noise can
        only look like a difference, so one of three tries has to pass; a true difference fails all.
        """
        assert any([await self.tell_apart(many) > 0.001 for _ in range(3)])

    async def tell_apart(self, verifying: Verifying) -> float:
        sources = {"K": paths_of("K"), "U": paths_of("U")}
        medians: dict[str, list[int]] = {"K": [], "U": []}
        iterators = {name: iter(paths) for name, paths in sources.items()}
        for number in range(SERIALS // self.BATCH):
            # Who comes first changes, so that neither is always the one behind the other.
            for name in ("KU", "UK")[number % 2]:
                batch = list(islice(iterators[name], self.BATCH))
                medians[name].append(median([await time_of(verifying, path) for path in batch]))
        return mann_whitney(medians["K"], medians["U"])


async def time_of(verifying: Verifying, path: str) -> int:
    began = wall.perf_counter_ns()
    await verifying.ask(path)
    return wall.perf_counter_ns() - began


def masked(reply: Reply) -> tuple[bytes, tuple[bytes, ...]]:
    body = {name: "…" if name in ECHOES else value for name, value in orjson.loads(reply.body).items()}
    return orjson.dumps(body), tuple(name for name, _ in reply.raw_headers)


def mann_whitney(one: list[int], other: list[int]) -> float:
    """Return the two-sided p that both are drawn from one distribution, by the normal approximation."""
    wins = sum((a > b) + (a == b) / 2 for a in one for b in other)
    pairs = len(one) * len(other)
    deviation = (pairs * (len(one) + len(other) + 1) / 12) ** 0.5
    return 2 * (1 - NormalDist().cdf(abs(wins - pairs / 2) / deviation))


class TestMannWhitney:
    def test_it_tells_apart_what_differs(self) -> None:
        assert mann_whitney(list(range(100)), list(range(30, 130))) < 0.001

    def test_it_does_not_tell_apart_what_is_the_same(self) -> None:
        assert mann_whitney(list(range(0, 200, 2)), list(range(1, 201, 2))) > 0.5
