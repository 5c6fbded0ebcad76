"""Entity tags and `If-Match`: a write that was made from an old reading changes nothing (RFC 9110, 13)."""

from hashlib import blake2b
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Response

from product_platform.kit.errors import ApiError


class PreconditionFailedError(ApiError):
    """What the request would change is not what its author has read."""

    status = 412
    code = "PRECONDITION_FAILED"

    def __init__(self, etag: str) -> None:
        super().__init__(
            f"It has changed since you read it: its ETag is now {etag}. Read it again, then decide."
        )


def to_etag(content: Any) -> str:
    """Return the strong entity tag of *content*, as JSON."""
    digest = blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()
    return f'"{digest}"'


def names(header: str, etag: str) -> bool:
    """Tell whether `If-Match` names *etag*, or any; a weak tag is never the same as another one."""
    tags = {tag.strip() for tag in header.split(",")}
    return "*" in tags or (etag in tags and not etag.startswith("W/"))


def names_weakly(header: str, etag: str) -> bool:
    """Tell whether `If-None-Match` names *etag*, or any; weak and strong are the same."""
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags


class Conditional:
    """The entity tags of one request: the one it insists on, and the one of its answer."""

    def __init__(
        self,
        response: Response,
        if_match: Annotated[
            str | None, Header(description="The ETag of what the request is about, as it was read.")
        ] = None,
    ) -> None:
        self._response = response
        self._if_match = if_match

    def require(self, etag: str) -> None:
        """Raise PreconditionFailedError when the request insists on another entity tag than *etag*."""
        if self._if_match is not None and not names(self._if_match, etag):
            raise PreconditionFailedError(etag)

    def tag(self, etag: str) -> None:
        """Let the answer carry *etag*."""
        self._response.headers["etag"] = etag


ConditionalDep = Annotated[Conditional, Depends()]
