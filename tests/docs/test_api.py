"""The page on the API names every route that is not in a table made from the code."""

from collections.abc import Iterator

import pytest
from starlette.routing import Route

from admin_api.app import create_app
from resolver.app import create_edge
from resolver.settings import EdgeSettings
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")


def paths() -> Iterator[str]:
    for app in (create_app(), create_edge(EdgeSettings())._cold.app):
        yield from (route.path for route in app.routes if isinstance(route, Route))


@pytest.mark.parametrize("path", sorted(set(paths())))
def test_every_route_is_named(path: str) -> None:
    assert f"`{path}`" in PAGE, "name it in docs/api.md"
