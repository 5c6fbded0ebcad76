from pathlib import Path

import pytest

from admin_api.settings import UpSettings, WrongSettingsError, count_cpus, read_settings
from resolver.settings import EdgeSettings


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in UpSettings.model_fields:
        monkeypatch.delenv(f"SIGNPOST_{name.upper()}", raising=False)


class TestUpSettings:
    def test_everything_has_a_default(self) -> None:
        settings = UpSettings()
        assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, count_cpus())
        assert settings.database_url is None

    def test_an_empty_variable_is_no_value(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SIGNPOST_PORT", "")
        assert UpSettings().port == 8000


class TestReadSettings:
    def test_a_problem_names_the_variable_the_value_and_an_example(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SIGNPOST_WORKERS", "many")
        with pytest.raises(WrongSettingsError) as refusal:
            read_settings(UpSettings)
        (problem,) = refusal.value.problems
        assert problem.startswith("SIGNPOST_WORKERS is 'many': ")
        assert problem.endswith("An example: SIGNPOST_WORKERS=4")

    def test_all_problems_are_told_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SIGNPOST_PORT", "70000")
        monkeypatch.setenv("SIGNPOST_REDIS_URL", "memcached://here")
        with pytest.raises(WrongSettingsError) as refusal:
            read_settings(UpSettings)
        assert len(refusal.value.problems) == 2

    def test_a_password_is_not_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SIGNPOST_DATABASE_URL", "mysql://user:secret@host/name")
        with pytest.raises(WrongSettingsError) as refusal:
            read_settings(UpSettings)
        assert "secret" not in str(refusal.value)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (None, "it cannot be read (No such file or directory)"),
            (b"", "it is no database in the MaxMind format (.mmdb)"),
            (b"not a database", "it is no database in the MaxMind format (.mmdb)"),
        ],
    )
    def test_a_database_of_places_that_cannot_be_used(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, reason: str
    ) -> None:
        path = tmp_path / "places.mmdb"
        if content is not None:
            path.write_bytes(content)
        monkeypatch.setenv("SIGNPOST_LOCATION_DATABASE", str(path))
        with pytest.raises(WrongSettingsError) as refusal:
            read_settings(EdgeSettings)
        example = "SIGNPOST_LOCATION_DATABASE=/var/lib/signpost/GeoLite2-City.mmdb"
        (problem,) = refusal.value.problems
        assert problem == f"SIGNPOST_LOCATION_DATABASE is '{path}': {reason}. An example: {example}"
