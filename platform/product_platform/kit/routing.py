"""Which operation a request is for, told before anything else is asked of it.

What comes after it (authentication, limits, the body) knows the operation from `scope`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from product_platform.kit.answers import answer_error
from product_platform.kit.cors import answer_preflight, open_to_browsers
from product_platform.kit.dependencies import get_principal, get_reader
from product_platform.kit.errors import MethodNotAllowedError, NotFoundError
from product_platform.kit.operations import OPERATION, Operation, depends

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Resource:
    """A path that is served: as it is to be served, and its operations by method."""

    path: str
    operations: dict[str, Operation]

    def find(self, method: str) -> Operation | None:
        """Return the operation of *method*; HEAD is that of GET."""
        return self.operations.get("GET" if method == "HEAD" else method)

    @property
    def allowed(self) -> str:
        """The methods, as `Allow` lists them."""
        methods = [method for method in _METHODS if method in self.operations]
        return ", ".join(["GET", "HEAD", *methods[1:]] if "GET" in methods else methods)


@dataclass(frozen=True)
class _Entry:
    path_regex: re.Pattern[str]
    operations: dict[str, Operation]


@dataclass(frozen=True)
class RouteTable:
    """All that the routes of an application serve, mounted applications included."""

    routes: Sequence[BaseRoute] = field(repr=False)

    def find(self, path: str) -> Resource | None:
        """Return what is served at *path*, with a slash at its end or without."""
        other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
        return self.find_exactly(path) or self.find_exactly(other)

    def find_exactly(self, path: str) -> Resource | None:
        """Return what is served at *path* as it is written."""
        for prefix, table in self._mounts:
            if path.startswith(f"{prefix}/"):
                found = table.find_exactly(path.removeprefix(prefix))
                return found and Resource(prefix + found.path, found.operations)
        operations: dict[str, Operation] = {}
        for entry in self._entries:
            if entry.path_regex.match(path):
                operations = entry.operations | operations
        if reader := operations.get("GET"):
            operations = {name: replace(each, reader=reader) for name, each in operations.items()}
        return Resource(path, operations) if operations else None

    @cached_property
    def _mounts(self) -> list[tuple[str, "RouteTable"]]:
        mounts = (route for route in self.routes if isinstance(route, Mount))
        return [(mount.path, RouteTable(mount.routes)) for mount in mounts]

    @cached_property
    def _entries(self) -> list[_Entry]:
        return list(_read_entries(self.routes))


class RoutingMiddleware:
    """Refuse what nobody serves, 404 and 405, before anybody asks who sent it or what it holds.

    A path is served with a slash at its end and without, never by a redirect, which would lose the
    body of a POST. Operations that need no user's or organization's credential are open to scripts of
    any web page. Where applications are mounted in one another the outermost does all this.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._table: RouteTable | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or OPERATION in scope:
            await self._app(scope, receive, send)
            return
        self._table = self._table or RouteTable(scope["app"].routes)
        root = scope.get("root_path", "")
        resource = self._table.find(scope["path"].removeprefix(root))
        if resource is None:
            error = NotFoundError("Nothing is served at this path.")
            await answer_error(scope, error)(scope, receive, send)
            return
        operation = resource.find(scope["method"])
        if operation is None:
            await _answer_without_operation(scope, resource)(scope, receive, send)
            return
        served = {**scope, OPERATION: operation, "path": root + resource.path}
        await self._app(served, receive, open_to_browsers(send) if operation.is_open else send)


def _answer_without_operation(scope: Scope, resource: Resource) -> Response:
    wanted = Headers(scope=scope).get("access-control-request-method", "").upper()
    operation = resource.find(wanted) if scope["method"] == "OPTIONS" else None
    if operation is not None and operation.is_open:
        return answer_preflight(resource.allowed)
    return answer_error(scope, MethodNotAllowedError(), {"Allow": resource.allowed})


def _read_entries(routes: Sequence[BaseRoute]) -> Iterator[_Entry]:
    for context in iter_route_contexts(routes):
        if isinstance(context.original_route, Route):
            methods = [method for method in _METHODS if method in (context.methods or ())]
            operations = {method: _read_operation(context, method) for method in methods}
            yield _Entry(context.path_regex, operations)


def _read_operation(context: RouteContext, method: str) -> Operation:
    if not isinstance(context.original_route, APIRoute):
        return Operation(method, context.name or "")
    is_open = not depends(context.dependant, get_principal)
    return Operation(
        method,
        ".".join([*map(str, context.tags[:1]), context.name or ""]),
        is_open=is_open,
        needs_credential=not is_open or depends(context.dependant, get_reader),
        dependant=context.dependant,
        response_model=context.response_model,
    )
