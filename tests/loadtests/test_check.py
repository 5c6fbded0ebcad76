from dataclasses import replace
from itertools import islice

import orjson
import pytest

from loadtests.check import NETWORK, Answer, WrongAnswerError, check_answers, find_fault
from loadtests.data import catalogue_at, gtin_of, pieces
from loadtests.mix import HOST, ROOT, Ask, Kind, Mix
from rules_compiler.model import Catalogue
from tests.resolver.edge_client import EdgeClient

SIZE = 250


@pytest.fixture(scope="module")
def client() -> EdgeClient:
    made = list(pieces(0, SIZE))
    kinds = ("organizations", "brands", "items", "instances", "rules", "hosts")
    whole = {kind: tuple(each for piece in made for each in getattr(piece, kind)) for kind in kinds}
    return EdgeClient(Catalogue(**whole), base_url=ROOT)


def answer(client: EdgeClient, ask: Ask) -> Answer:
    headers = {name.lower().replace("-", "_"): value for name, value in ask.headers}
    reply = client.request("GET", ask.target, client="127.0.0.1", signpost_debug="table", **headers)
    return Answer(reply.status, reply.headers, reply.body, client.now, client.now)


def first(kind: Kind) -> Ask:
    return next(ask for ask in Mix(SIZE, 3).asks() if ask.kind is kind)


class TestCheckAnswers:
    def test_the_edge_answers_as_the_reference_says(self, client: EdgeClient) -> None:
        asks = list(islice(Mix(SIZE, 1).asks(), 500))
        assert check_answers((ask, answer(client, ask)) for ask in asks) == 500

    def test_a_wrong_answer_is_told_with_what_was_asked(self, client: EdgeClient) -> None:
        ask = first(Kind.GTIN)
        wrong = replace(answer(client, ask), status=302)
        with pytest.raises(WrongAnswerError, match=ask.path):
            check_answers([(ask, wrong)])


class TestFindFault:
    @pytest.mark.parametrize("kind", [Kind.GTIN, Kind.KNOWN_LEVEL, Kind.UNKNOWN_LEVEL])
    def test_another_location_is_wrong(self, client: EdgeClient, kind: Kind) -> None:
        ask = first(kind)
        right = answer(client, ask)
        assert find_fault(ask, right) is None
        elsewhere = dict(right.headers) | {"location": f"{right.headers['location']}x"}
        assert find_fault(ask, replace(right, headers=elsewhere)) is not None

    @pytest.mark.parametrize("kind", list(Kind))
    def test_another_status_is_wrong(self, client: EdgeClient, kind: Kind) -> None:
        ask = first(kind)
        assert find_fault(ask, replace(answer(client, ask), status=204)) is not None

    def test_a_linkset_that_lacks_a_link_is_wrong(self, client: EdgeClient) -> None:
        ask = first(Kind.LINKSET)
        right = answer(client, ask)
        members = orjson.loads(right.body)["linkset"]
        members[0].popitem()
        assert find_fault(ask, replace(right, body=orjson.dumps({"linkset": members}))) is not None

    def test_json_that_sends_people_elsewhere_is_wrong(self, client: EdgeClient) -> None:
        ask = first(Kind.JSON)
        right = answer(client, ask)
        body = orjson.loads(right.body)
        body["resolution"]["url"] = "https://elsewhere.example"
        assert find_fault(ask, replace(right, body=orjson.dumps(body))) is not None

    def test_what_an_older_table_said_is_wrong_at_a_newer_one(self, client: EdgeClient) -> None:
        ask = first(Kind.GTIN)
        right = answer(client, ask)

        def edited(index: int, _table: int) -> Catalogue:
            catalogue = catalogue_at(index)
            moved = tuple(rule._replace(custom_url="https://moved.example") for rule in catalogue.rules)
            return replace(catalogue, rules=moved)

        assert find_fault(ask, right, edited) is not None

    def test_arms_are_drawn_for_the_network_of_this_machine(self, client: EdgeClient) -> None:
        arms = [index for index in range(SIZE) if any(rule.weight for rule in catalogue_at(index).rules)]
        for index in arms:
            ask = Ask(Kind.GTIN, f"/01/{gtin_of(index)}", "", HOST, first(Kind.GTIN).client, index)
            assert find_fault(ask, answer(client, ask)) is None
        assert bytes((127, 0, 0)).hex() == NETWORK
