"""Which host a request came to: the default one, or one that an organization has bound."""

from typing import NamedTuple
from urllib.parse import urlsplit

from resolver.holder import Holder
from resolver.settings import EdgeSettings
from rules_compiler.model import SliceKey
from rules_compiler.tables import HostSlice

_SCHEMES = frozenset({b"http", b"https"})


class Host(NamedTuple):
    """Where everything that is emitted has its root, and whose identifiers are answered there.

    `root_path` is the path of the root. `organization_id` is None for the default host, which
    answers everybody's.
    """

    root: str
    root_path: bytes
    organization_id: str | None


def host_key(authority: bytes) -> SliceKey:
    """Return the key of the slice that says whose the host is that *authority*, with a port or not, names."""
    name = authority.partition(b":")[0].decode("latin-1").lower().removesuffix(".")
    return f"host/{name}"


class Hosts:
    """Finds hosts by name in whatever table the holder has."""

    def __init__(self, holder: Holder, settings: EdgeSettings) -> None:
        base = urlsplit(settings.base_url)
        self.default = Host(settings.base_url, settings.root_path, None)
        self._holder = holder
        self._default_host = base.netloc.encode()
        self._default_name = base.hostname
        self._scheme = base.scheme
        self._port = f":{base.port}" if base.port else ""

    def host_of(self, authority: bytes, scheme: bytes) -> Host:
        """Return what clients call *authority*; a name that nobody has bound stands for the default host.

        *scheme* is empty unless a trusted proxy told it.
        """
        if authority == self._default_host:
            return self.default
        key = host_key(authority)
        bound, name = self._holder.table.find(key), key.removeprefix("host/")
        if not isinstance(bound, HostSlice) or name == self._default_name:
            return self.default
        return Host(self._root(name, scheme), b"", bound.organization_id)

    def _root(self, name: str, scheme: bytes) -> str:
        # A proxy that ends TLS is reached at the standard port of its scheme.
        if scheme in _SCHEMES:
            return f"{scheme.decode()}://{name}"
        return f"{self._scheme}://{name}{self._port}"
