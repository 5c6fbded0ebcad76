"""Keys are nowhere but with whom they were given to: not in a log, not in a file, not in another's answer."""

import re
from pathlib import Path

import pytest

from tests.integration.clients import Brand, send
from tests.integration.running import Up

pytestmark = pytest.mark.processes

# Well-formed, and of nobody.
UNKNOWN = "csb_q7Zt2LmVx9Kc4RbN8sWd1HyPf6JgTe3U_b6a4ed47"
MALFORMED = "csb_q7Zt2LmVx9Kc4RbN8sWd1HyPf6JgTe3U_00000000"
KEY = re.compile(rb"c(?:sb|su|pk)_[A-Za-z0-9]{32}_[0-9a-f]{8}")

PATHS = (
    "/account/api/v1/whoami",
    "/products/api/v1/products/nonsense",
    "/resolver/api/v1/verify/01/09506000134352/21/1",
    "/nothing/here",
    "/01/09506000134352",
    "/status",
)


def use_keys(up: Up, brand: Brand) -> None:
    """Show keys in every place where somebody may put one, and break what a stranger can break."""
    for key in (brand.api_key, UNKNOWN, MALFORMED):
        for path in PATHS:
            send(up.port, "GET", path, x_api_key=key)
            send(up.port, "GET", path, authorization=f"Bearer {key}")
            send(up.port, "GET", path, cookie=f"key={key}")
            send(up.port, "GET", f"{path}?api_key={key}")
            send(up.port, "GET", f"{path}/{key}")
            send(up.port, "POST", path, body={"key": key, "name": [key]}, x_api_key=key, user_agent=key)
    brand.ask("POST", "/products/api/v1/products", {"gtin": brand.api_key, "metadata": {"a": 1}})
    brand.ask("PATCH", f"/account/api/v1/organizations/{brand.organization_id}", {"name": "a\0b"})


def find_keys(folder: Path) -> dict[str, set[bytes]]:
    """Return the keys that stand in files, by file; the owner's own is in the one that only he reads."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "owner.json":
            try:
                found[str(path.relative_to(folder))] = set(KEY.findall(path.read_bytes()))
            except OSError:  # a file of a server that is gone again
                continue
    return {name: keys for name, keys in found.items() if keys}


def test_no_key_is_in_a_log_or_a_file(up: Up, brand: Brand) -> None:
    use_keys(up, brand)
    assert brand.api_key.encode() not in up.log.encode()
    assert set(KEY.findall(up.log.encode())) == set()
    assert find_keys(up.data_dir) == {}


def test_the_owners_key_is_read_by_its_owner_alone(up: Up) -> None:
    assert (up.data_dir / "owner.json").stat().st_mode & 0o777 == 0o600
    assert KEY.findall((up.data_dir / "owner.json").read_bytes())


def test_a_key_is_shown_once(up: Up, brand: Brand) -> None:
    keys = f"/account/api/v1/organizations/{brand.organization_id}/api-keys"
    made = brand.call("POST", keys, {"name": "shown once"})["key"]
    for path in (keys, "/account/api/v1/whoami"):
        assert made not in brand.ask("GET", path).body.decode()


def test_no_key_is_in_the_environment_or_command_line_of_a_process(up: Up) -> None:
    for pid in (up.process.pid, *up.processes()):
        for name in ("cmdline", "environ"):
            try:
                told = Path(f"/proc/{pid}/{name}").read_bytes()
            except OSError:
                continue
            assert KEY.findall(told) == [], (pid, name)
