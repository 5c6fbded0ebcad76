"""Bodies that nobody means well with, in every field of every operation: refused, at once, with nothing left.

The body of each operation is that of `tests/tenancy/operations.yaml`, which is good; then one value
of it after the other is replaced.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.openapi.service import Service
from tests.tenancy.table import Operation, fill, read_operations

pytestmark = pytest.mark.servers

MARK = "@@"
DEEP, LARGE = 20_000, 200_000
# Far more than any takes; a body that is read in a time that grows with its square takes minutes.
MAX_S = 5.0
HOSTILE = {
    "deep array": "[" * DEEP + "]" * DEEP,
    "deep object": '{"a":' * DEEP + "1" + "}" * DEEP,
    "deep enough": "[" * 900 + "]" * 900,
    "unclosed": "[" * DEEP,
    "large text": '"' + "x" * LARGE + '"',
    "large number": "9" * LARGE,
    "infinite": "1e999999",
    "none": "NaN",
    "half a character": '"\\ud800"',
    "nothing": '"a\\u0000b"',
    "lines": '"a\\r\\nset-cookie: a=1"',
    "wide object": "{" + ",".join(f'"k{number}":1' for number in range(5_000)) + "}",
    "same key": "{" + ",".join(['"a":1'] * 10_000) + "}",
    "slow pattern": '"' + "a-" * 20_000 + '!"',
    "digits of others": '"٠١٢٣٤٥٦٧٨٩٠١٢٣"',
}

BODIES = [operation for operation in read_operations().values() if isinstance(operation.body, dict)]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return where in *value* something stands that is no object, and where the objects are."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def put(value: Any, path: tuple[Any, ...]) -> Any:
    """Return *value* with a mark at *path*."""
    if not path:
        return MARK
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(copy[path[0]], path[1:])
    return copy


@pytest.mark.parametrize("operation", BODIES, ids=lambda operation: operation.id)
def test_no_value_breaks_or_slows_an_operation(service: Service, operation: Operation) -> None:
    world, found = service.world, {}
    url = "http://test" + operation.url(world.mount(operation.domain), world.names)
    for path in places(operation.body):
        text = fill(json.dumps(put(operation.body, path)), world.names)
        for name, hostile in HOSTILE.items():
            content = text.replace(f'"{MARK}"', hostile)
            headers = {"content-type": "application/json"}
            began = time.thread_time()
            answer = service.send(requests.Request(operation.method, url, headers, data=content).prepare())
            took_s = time.thread_time() - began
            if answer.status_code >= 500 or took_s > MAX_S:
                found[path, name] = (answer.status_code, round(took_s, 1))
    assert found == {}


CSV = b"gtin,serial,state\n"
LINES = {
    "a field that never ends": ("text/csv", CSV + b'"' + b"x" * 300_000),
    "a field that is too long": ("text/csv", CSV + b"x" * 300_000),
    "columns without end": ("text/csv", b"gtin" + b",x" * 100_000 + b"\n" + b"," * 200_000),
    "no text": ("text/csv", b"\xff\xfe\x00" * 1_000),
    "nothing in it": ("text/csv", CSV + b"\x00,\x00,\x00\n"),
    "deep": ("application/x-ndjson", b'{"gtin":' + b"[" * DEEP + b"]" * DEEP + b"}\n"),
    "no objects": ("application/x-ndjson", b"1\n[]\nnull\n"),
    "empty lines": ("application/x-ndjson", b"\n" * 100_000),
}


@pytest.mark.parametrize("name", LINES)
def test_no_file_breaks_an_upload(service: Service, name: str) -> None:
    media_type, content = LINES[name]
    url = f"http://test/resolver/api/v1/organizations/{service.world.names['organizations']}/serials/bulk"
    headers = {"content-type": media_type}
    answer = service.send(requests.Request("POST", url, headers, data=content).prepare())
    assert answer.status_code < 500
