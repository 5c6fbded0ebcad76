import io

from admin_api.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class TestProgress:
    def test_a_terminal_shows_one_line_that_changes(self) -> None:
        terminal = Terminal()
        with Progress("lines", terminal) as progress:
            progress.show(500)
            progress.show(1000)
        assert terminal.getvalue() == "\r500 lines read\r1000 lines read\n"

    def test_elsewhere_there_is_a_line_now_and_then(self) -> None:
        stream = io.StringIO()
        with Progress("links", stream) as progress:
            for done in range(4_000, 24_001, 4_000):
                progress.show(done)
        assert stream.getvalue() == "12000 links read\n20000 links read\n"

    def test_nothing_is_said_of_nothing(self) -> None:
        terminal = Terminal()
        with Progress("links", terminal):
            pass
        assert terminal.getvalue() == ""
