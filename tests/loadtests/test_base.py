from pathlib import Path

import pytest

from loadtests import base
from loadtests.base import folder_of, prepare_base
from loadtests.check import FIRST_TABLE
from loadtests.data import pieces, slices_of
from resolver.table_store import TableStore

SIZE = 50


@pytest.mark.processes
class TestPrepareBase:
    def test_it_has_every_slice_in_it(self, tmp_path: Path) -> None:
        made = prepare_base(SIZE, tmp_path)
        store = TableStore(made.data_dir / "tables")
        files = store.read_files()
        assert files is not None
        table = store.open_table(files.base)
        found = {key.decode(): value for _, key, value in table.items()}
        assert found == {key: value for piece in pieces(0, SIZE) for key, value in slices_of(piece)}
        assert table.number == FIRST_TABLE
        assert (made.effort.rules, made.effort.slices) == (145 + 4 + 5, len(found))

    def test_it_is_made_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        made = prepare_base(SIZE, tmp_path)
        monkeypatch.setattr(base, "_make", lambda *_: pytest.fail("made again"))
        assert prepare_base(SIZE, tmp_path) == made

    def test_it_goes_on_with_the_parts_that_are_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(base, "install_base", interrupt)
            with pytest.raises(KeyboardInterrupt):
                prepare_base(SIZE, tmp_path)
        parts = folder_of(SIZE, tmp_path) / "parts"
        made_at = {path: path.stat().st_mtime_ns for path in parts.iterdir()}
        monkeypatch.setattr(base.shutil, "rmtree", lambda *_arguments, **_options: None)
        prepare_base(SIZE, tmp_path)
        assert made_at == {path: path.stat().st_mtime_ns for path in parts.iterdir()}


def interrupt(*_arguments: object) -> None:
    raise KeyboardInterrupt


class TestFolderOf:
    def test_other_code_has_another_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        before = folder_of(SIZE, tmp_path)
        monkeypatch.setattr(base, "find_version", lambda: "other")
        assert folder_of(SIZE, tmp_path) != before
