"""Minutes of edits under load, judged; and a few seconds of it when the programs for it are there."""

import json

import pytest

from loadtests import endure
from loadtests.endure import Endurance, render
from loadtests.memory import MEGABYTE
from loadtests.programs import H2LOAD, WRK, find_program
from tests.conftest import open_folder


def make_endurance(*memory: dict[int, int], **fields: object) -> Endurance:
    sizes = [{pid: size * MEGABYTE for pid, size in each.items()} for each in memory]
    return Endurance(60, 1_000.0, memory=sizes, **fields)  # type: ignore[arg-type]  # as the test says


class TestIsFlat:
    def test_a_little_more_is_flat(self) -> None:
        assert make_endurance({1: 20}, {1: 50}, {1: 58}).is_flat

    def test_more_than_that_grows(self) -> None:
        assert not make_endurance({1: 20, 2: 20}, {1: 50, 2: 50}, {1: 50, 2: 65}).is_flat

    def test_a_worker_that_came_anew_is_not_flat(self) -> None:
        assert not make_endurance({1: 20}, {1: 50}, {2: 50}).is_flat


class TestRender:
    def test_it_tells_memory_and_what_was_wrong(self) -> None:
        text = render(make_endurance({1: 20}, {1: 50}, {1: 51}, edits=3_000, faults=["table 7, GET /01/x"]))
        assert "worker 1  20.0 MB  50.0 MB  51.0 MB" in text
        assert "3,000 edits in 60 s" in text
        assert "table 7, GET /01/x" in text
        assert text.endswith("memory: flat")


@pytest.mark.processes
@pytest.mark.servers
class TestMain:
    def test_answers_under_edits_are_those_of_the_reference(self, capsys: pytest.CaptureFixture[str]) -> None:
        with open_folder() as folder:
            arguments = [
                "--size",
                "50",
                "--seconds",
                "4",
                "--edits",
                "10",
                "--warm",
                "1",
                "--folder",
                str(folder),
            ]
            endure.main(arguments)
            if find_program(WRK) is None or find_program(H2LOAD) is None:
                assert "apt-get install" in capsys.readouterr().err
                return
            found = json.loads((folder / "endure.json").read_text())
        # Whether memory is flat, and edits keep their pace, so short a run cannot tell.
        assert found["faults"] == []
        assert found["edits"] > 0
        assert found["edited_sampled"] > 0
        assert found["newest_table"] > 1
