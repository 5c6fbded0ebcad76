"""What kind of device asked, from its User-Agent, and whether a program did rather than a person."""

from functools import lru_cache
from typing import NamedTuple


class Device(NamedTuple):
    """One of the classes `mobile`, `tablet`, `desktop`, `bot`."""

    name: str
    is_bot: bool


_BOT = Device("bot", is_bot=True)
_TABLET = Device("tablet", is_bot=False)
_MOBILE = Device("mobile", is_bot=False)
_DESKTOP = Device("desktop", is_bot=False)

# Crawlers name themselves; messengers fetch a link to show a preview of it, and nobody has scanned then.
_BOT_MARKS = (
    "bot", "crawl", "spider", "slurp", "preview", "facebookexternalhit", "whatsapp", "telegram",
    "skypeuripreview", "embedly", "curl/", "wget/", "python-", "httpx", "go-http-client", "headless",
    "monitor", "uptime",
)  # fmt: skip
_TABLET_MARKS = ("ipad", "tablet", "kindle", "silk/")
_MOBILE_MARKS = ("mobi", "iphone", "ipod", "android", "windows phone")


@lru_cache(maxsize=4096)
def device_of(user_agent: bytes) -> Device:
    """Return the device that *user_agent* speaks of; an empty one is a program."""
    text = user_agent.decode("latin-1").lower()
    if not text or any(mark in text for mark in _BOT_MARKS):
        return _BOT
    is_android_tablet = "android" in text and "mobi" not in text
    if is_android_tablet or any(mark in text for mark in _TABLET_MARKS):
        return _TABLET
    return _MOBILE if any(mark in text for mark in _MOBILE_MARKS) else _DESKTOP
