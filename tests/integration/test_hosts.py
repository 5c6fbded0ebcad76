"""An organization gets a host of its own, through whole processes and a name server."""

import asyncio

import pytest

from tests.conftest import open_folder
from tests.integration.clients import Brand, scan, send
from tests.integration.running import Up, running, wait_until
from tests.product_platform.name_server import running_name_server

pytestmark = pytest.mark.processes

NAME = "id.meadow.example"
ALLOWED = f"/resolver/api/v1/hosts/allowed?domain={NAME}"


def ask_for_host(up: Up) -> tuple[Brand, dict[str, str], str]:
    """Return the brand, the record that it has to set, and the path of its host."""
    ready = up.wait_until_ready()
    brand = Brand(up.port, ready["api_key"], ready["organization_id"])
    hosts = f"/resolver/api/v1/organizations/{brand.organization_id}/hosts"
    host = brand.call("POST", hosts, {"name": NAME})
    assert brand.ask("POST", f"{hosts}/{host['id']}/verify").status == 422
    assert send(up.port, "GET", ALLOWED).status == 404
    return brand, host["record"], f"{hosts}/{host['id']}"


def use_host(up: Up, brand: Brand, host: str) -> None:
    own, strange = brand.make_product(), brand.found_organization("Rival Foods").make_product()
    brand.call("POST", f"{host}/verify")
    assert send(up.port, "GET", ALLOWED).status == 200
    root = f"http://{NAME}:{up.port}"
    wait_until(
        lambda: scan(up.port, f"/01/{own}", host=NAME).location == f"{root}/p/01/{own}", what="the own host"
    )
    assert scan(up.port, f"/01/{strange}").status == 307
    assert scan(up.port, f"/01/{strange}", host=NAME).status == 404
    description = send(up.port, "GET", "/.well-known/gs1resolver", host=NAME).json()
    assert description["resolverRoot"] == root
    assert send(up.port, "GET", ALLOWED, host=NAME).status == 404
    brand.call("DELETE", host)
    wait_until(lambda: scan(up.port, f"/01/{strange}", host=NAME).status == 307, what="the default host")


async def test_a_host_is_proved_used_and_given_up() -> None:
    async with running_name_server() as server:
        with (
            open_folder() as folder,
            running(folder / "data", "--workers", "1", SIGNPOST_DNS_SERVER=server.address) as up,
        ):
            brand, record, host = await asyncio.to_thread(ask_for_host, up)
            server.set_text(record["name"], record["value"])
            await asyncio.to_thread(use_host, up, brand, host)
