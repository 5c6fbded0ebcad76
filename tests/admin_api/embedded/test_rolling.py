"""A reload is refused when the new program would not start, and the old one goes on."""

import pytest

from admin_api.embedded.rolling import Handover, RollingServer


def test_a_program_that_starts_is_no_complaint() -> None:
    assert RollingServer("resolver.app:create_app")._rehearse() is None


def test_one_that_does_not_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNPOST_RESOLUTION_PROFILE", "another")
    complaint = RollingServer("resolver.app:create_app")._rehearse()
    assert complaint is not None
    assert "resolution_profile" in complaint


def test_what_is_handed_over_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNPOST_HANDED_OVER", "")
    Handover([], [7], [8]).leave()
    assert Handover.take() == Handover([], [7], [8])
    assert Handover.take() is None
