from pathlib import Path

from admin_api.banner import render_banner, render_code
from admin_api.demo import DEMO_URLS

ROOT = "https://id.example.com/links"


class TestRenderBanner:
    def test_every_url_to_try_has_a_line_and_what_it_does_the_next(self) -> None:
        lines = render_banner(ROOT, Path("/data"), has_demo=True).splitlines()
        for demo in DEMO_URLS:
            place = lines.index(f"  {ROOT}{demo.path}")
            assert lines[place + 1].strip() == f"{demo.shows}: {demo.status} to {demo.location}"

    def test_it_tells_where_the_key_is_and_never_the_key(self) -> None:
        assert "/data/owner.json" in render_banner(ROOT, Path("/data"), has_demo=True)

    def test_without_the_demo_there_is_nothing_to_try(self) -> None:
        assert DEMO_URLS[0].path not in render_banner(ROOT, Path("/data"), has_demo=False)


class TestRenderCode:
    def test_it_fits_a_terminal(self) -> None:
        lines = render_code(f"{ROOT}{DEMO_URLS[0].path}").splitlines()
        assert len(lines) < 24
        assert all(len(line) < 400 for line in lines)
