"""The cookies of a person who is logged in: the session, and the proof that a page of ours asks."""

from datetime import timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response

from product_platform.kit.settings import PlatformSettings

CSRF_HEADER: Final = "x-csrftoken"

_SESSION: Final = "session"
_CSRF: Final = "csrftoken"


def read_session_token(headers: Headers, settings: PlatformSettings) -> str | None:
    """Return the token of the session that the request brings, None when it brings none."""
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load("; ".join(headers.getlist("cookie")))
    except CookieError:
        return None
    found = cookies.get(_to_name(_SESSION, settings))
    return None if found is None else found.value


def set_session_cookies(
    response: Response, settings: PlatformSettings, *, token: str, csrf_token: str, lasts: timedelta
) -> None:
    """Let the browser keep a session: no script can read it, and no other site can send it with a write.

    A script of ours reads the second cookie, and sends it back in the header of each write.
    """
    for name, value, is_hidden in ((_SESSION, token, True), (_CSRF, csrf_token, False)):
        response.set_cookie(
            _to_name(name, settings),
            value,
            max_age=int(lasts.total_seconds()),
            secure=_is_secure(settings),
            httponly=is_hidden,
            samesite="lax",
        )


def clear_session_cookies(response: Response, settings: PlatformSettings) -> None:
    """Let the browser forget its session."""
    for name, is_hidden in ((_SESSION, True), (_CSRF, False)):
        response.delete_cookie(
            _to_name(name, settings), secure=_is_secure(settings), httponly=is_hidden, samesite="lax"
        )


def _to_name(name: str, settings: PlatformSettings) -> str:
    # With this prefix a browser takes the cookie from the host itself alone, over TLS.
    return f"__Host-{name}" if _is_secure(settings) else name


def _is_secure(settings: PlatformSettings) -> bool:
    return settings.base_url.startswith("https://")
