"""Where an embedded server keeps its files, and who may reach them."""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from admin_api.embedded.server import EmbeddedServerError

STATE_DIR = Path("/var/lib/signpost")
# The size of sun_path on Linux, less its final zero.
SOCKET_PATH_LIMIT_BYTES = 107


def up_lock_path(data_dir: Path) -> Path:
    """Return the lock that a `signpost up` on *data_dir* holds."""
    return data_dir / "up.lock"


@dataclass(frozen=True)
class ServiceUser:
    """The user a server runs as."""

    uid: int
    gid: int

    @property
    def ids(self) -> tuple[int, int]:
        """Uid and gid."""
        return (self.uid, self.gid)


def find_service_user() -> ServiceUser | None:
    """Return `nobody` when this process is root, which PostgreSQL refuses to run as, else None."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return ServiceUser(entry.pw_uid, entry.pw_gid)


def is_reachable(path: Path, user: ServiceUser) -> bool:
    """Tell whether *user* may walk down to *path* and use it, judged by owner and others."""
    return all(_lets_pass(part.stat(), user) for part in (path, *path.parents))


def _lets_pass(status: os.stat_result, user: ServiceUser) -> bool:
    bit = stat.S_IXUSR if status.st_uid == user.uid else stat.S_IXOTH
    return bool(status.st_mode & bit)


def make_home(data_dir: Path, name: str, user: ServiceUser | None) -> Path:
    """Return the private folder of the server *name*, made when absent.

    It lies in *data_dir*. When *user* cannot reach that, it lies in `STATE_DIR` and *data_dir* holds a
    link to it; a folder left there by a data folder that is gone is set aside, not taken over.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    home = data_dir.resolve() / name
    if user is None or home.is_symlink() or is_reachable(home.parent, user):
        return make_private(home.resolve(), user)
    if home.exists():
        raise EmbeddedServerError(
            f"{home} can no longer be reached by the user that {name} runs as. "
            f"Let everybody pass again: chmod o+x on each folder above it."
        )
    STATE_DIR.mkdir(parents=True, exist_ok=True)
    outside = STATE_DIR / _digest(home)
    if outside.exists():
        previous = outside.with_suffix(".previous")
        shutil.rmtree(previous, ignore_errors=True)
        outside.rename(previous)
    home.symlink_to(outside)
    return make_private(outside, user)


def make_socket_dir(home: Path, socket_name: str, user: ServiceUser | None) -> Path:
    """Return the private folder for the socket: below *home*, or a short one when that path is too long."""
    folder = home / "run"
    if len(os.fsencode(folder / socket_name)) > SOCKET_PATH_LIMIT_BYTES:
        folder = _runtime_dir(user) / f"signpost-{_digest(home)}"
    return make_private(folder, user)


def _runtime_dir(user: ServiceUser | None) -> Path:
    candidate = "/run" if user else os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(candidate) if candidate and os.access(candidate, os.W_OK) else Path(tempfile.gettempdir())


def make_private(folder: Path, user: ServiceUser | None) -> Path:
    """Make *folder* when absent, closed to everybody but *user* (or, without one, us), and return it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    owner = user.uid if user else os.geteuid()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {owner, os.geteuid()}:
        raise EmbeddedServerError(
            f"{folder} belongs to somebody else. Remove it or choose another data folder."
        )
    if user:
        os.chown(folder, user.uid, user.gid)
    folder.chmod(0o700)
    return folder


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
