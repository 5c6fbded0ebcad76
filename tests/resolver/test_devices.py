import pytest

from resolver.devices import device_of

IPHONE = b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Mobile/15E148"
PIXEL = b"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
GALAXY_TAB = b"Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
IPAD = b"Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1 Mobile/15E148"
LINUX = b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (IPHONE, "mobile"),
        (PIXEL, "mobile"),
        (GALAXY_TAB, "tablet"),
        (IPAD, "tablet"),
        (LINUX, "desktop"),
        (b"Mozilla/5.0 (compatible; Googlebot/2.1)", "bot"),
        (b"facebookexternalhit/1.1", "bot"),
        (b"Slackbot-LinkExpanding 1.0", "bot"),
        (b"", "bot"),
    ],
)
def test_the_user_agent_tells_the_class(user_agent: bytes, name: str) -> None:
    device = device_of(user_agent)
    assert (device.name, device.is_bot) == (name, name == "bot")
