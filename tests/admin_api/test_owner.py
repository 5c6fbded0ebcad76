import stat
from pathlib import Path

from admin_api.owner import Owner, find_owner, write_owner

OWNER = Owner(api_key="csu_secret", organization_id="2ZtBr7iXXA6FvqygktVikT", has_demo=True)


class TestFindOwner:
    def test_there_is_none_before_the_first_start(self, tmp_path: Path) -> None:
        assert find_owner(tmp_path) is None

    def test_the_one_that_was_written_is_found(self, tmp_path: Path) -> None:
        write_owner(tmp_path, OWNER)
        assert find_owner(tmp_path) == OWNER


class TestWriteOwner:
    def test_nobody_else_may_read_it(self, tmp_path: Path) -> None:
        write_owner(tmp_path, OWNER)
        (file,) = tmp_path.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_it_replaces_another_and_what_a_crash_left(self, tmp_path: Path) -> None:
        (tmp_path / "owner.json.unfinished").write_text("half")
        write_owner(tmp_path, OWNER)
        write_owner(tmp_path, Owner(api_key="csu_new", organization_id="x", has_demo=False))
        found = find_owner(tmp_path)
        assert found is not None
        assert found.api_key == "csu_new"
