import shutil

import pytest

from loadtests.programs import H2LOAD, WRK, ProgramMissingError, get_program, how_to_get


class TestGetProgram:
    def test_one_that_is_missing_is_told_with_how_to_get_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "which", lambda *_arguments, **_options: None)
        with pytest.raises(ProgramMissingError, match="apt-get install wrk"):
            get_program(WRK)

    def test_packages_are_named_as_the_system_has_them(self) -> None:
        assert how_to_get(WRK, H2LOAD).endswith("apt-get install wrk nghttp2-client")
