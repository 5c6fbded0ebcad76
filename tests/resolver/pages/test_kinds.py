"""The kinds of links."""

import pytest

from resolver.pages.kinds import Kind, kind_of
from rules_compiler.link_types import LINK_TYPES, Status

EVERY_TYPE = [name for name, known in LINK_TYPES.items() if known.status is not Status.RESOLVER_ONLY]


class TestKindOf:
    @pytest.mark.parametrize("link_type", EVERY_TYPE)
    def test_every_link_type_that_can_be_published_has_a_kind(self, link_type: str) -> None:
        assert kind_of(link_type) is not Kind.OTHER

    def test_an_unknown_link_type_is_shown_among_the_others(self) -> None:
        assert kind_of("https://voc.example/own") is Kind.OTHER
