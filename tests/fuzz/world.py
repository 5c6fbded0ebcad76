"""The catalogue under fire: a rule of every kind, and three edges with different settings over it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.types import Receive, Scope, Send

from resolver.edge import Edge
from resolver.holder import Holder
from resolver.limits import Limiter
from resolver.scans import Sighting, to_rows
from resolver.settings import EdgeSettings
from resolver.verification import Verifier
from rules_compiler.compiler import compile_catalogue
from rules_compiler.model import Catalogue, DestinationType, SerialState
from tests.factories import (
    GTIN,
    NOON,
    OTHER_GTIN,
    brand_key,
    item_key,
    lot_key,
    make_catalogue,
    make_host,
    make_instance,
    make_item,
    make_rule,
    organization_key,
    serial_key,
)
from tests.resolver.edge_client import never_mended

TARGET_HOSTS = frozenset({"example.com", "id.example.org", "id.meadow.example", "other.example"})
"""Where answers may lead: to what the rules say, to ourselves, and to whom a key was delegated."""

ELSEWHERE = 299
"""The status of what is no business of the edge."""

HOSTILE_TEXT = "\"'><script>alert(1)</script><x-evil>\u202e</x-evil>"
PROXY = "192.0.2.7"
_FAR = datetime(2030, 1, 1, tzinfo=UTC)

_RULES: tuple[dict[str, Any], ...] = (
    {"order_index": 0, "languages": ("fr", "de-AT"), "title": HOSTILE_TEXT},
    {"order_index": 1, "media_type": "application/pdf", "contexts": ("CA", "patient")},
    {"order_index": 2, "location_countries": ("CA",), "location_cities": ("Victoria",)},
    {"order_index": 3, "custom_url": "https://example.com/{gtin}/{lot}?s={serial}&l={lang}&c={country}#end"},
    {"order_index": 4, "custom_url": "https://example.com/x?type={linkType}&until={expiry}", "weight": 3},
    {"order_index": 4, "custom_url": "https://example.com/y?", "weight": 5},
    {"order_index": 5, "days_of_week": (2,), "time_of_day_start": "09:00:00", "time_of_day_end": "17:00:00"},
    {"order_index": 6, "absolute_end_at": _FAR},
    {"order_index": 7, "link_type": "gs1:pip", "languages": ("en", "zh-Hant")},
    {"order_index": 8, "link_type": "gs1:instructions", "media_type": "application/json"},
    {"order_index": 9, "link_type": "gs1:instructions", "languages": ("es",)},
    {"order_index": 10, "link_type": "gs1:epcis", "is_dead": True},
)
_NARROW = (
    lot_key(),
    lot_key("*"),
    serial_key(),
    serial_key("*"),
    f"01/{GTIN}/22/2A",
    f"01/{GTIN}/22/2A/10/ABC",
    f"01/{GTIN}/235/TPX",
    "414/9520000100117/254/DOCK",
    brand_key(),
    organization_key(),
)


def make_world() -> Catalogue:
    """Return a catalogue in which every branch of an answer can be reached."""
    rules = [make_rule(f"rule-{place}", **fields) for place, fields in enumerate(_RULES)]
    rules += [make_rule(f"narrow-{place}", slice_key=key) for place, key in enumerate(_NARROW)]
    hosted = {"destination_type": DestinationType.HOSTED_PAGE, "custom_url": None}
    rules.append(make_rule("hosted", slice_key=item_key(OTHER_GTIN), **hosted))
    facts = {"product_name": HOSTILE_TEXT, "description": HOSTILE_TEXT, "image_url": "https://example.com/i"}
    return make_catalogue(
        *rules,
        items=(
            make_item(name=HOSTILE_TEXT, facts=facts),
            make_item(key=item_key(OTHER_GTIN), brand_id=None),
            make_item(key="414/9520000100117"),
            make_item(key="8004/9520000100117"),
        ),
        instances=(make_instance(key=serial_key("S9"), state=SerialState.COUNTERFEIT_SUSPECTED),),
        hosts=(make_host(),),
    )


@dataclass(frozen=True)
class Target:
    """One edge under fire, and what it does with paths that are not its own."""

    edge: Edge
    holder: Holder
    sightings: list[Sighting]

    def count_scans(self) -> None:
        """Turn the scans so far into rows, as the reporter does, and forget them."""
        to_rows(self.sightings)
        self.sightings.clear()


_SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {
        "trusted_proxies": PROXY,
        "country_header": "CF-IPCountry",
        "region_header": "CF-Region-Code",
        "city_header": "CF-IPCity",
        "pinned_locations": "198.51.100.9=CA/BC/Victoria",
        "handled_by": "01/0953=https://other.example/id",
    },
    {"resolution_profile": "contract", "base_url": "https://id.example.org/gs1"},
)


def make_targets() -> list[Target]:
    """Return one edge for each of the settings, all at the same standing instant."""
    table = compile_catalogue(make_world())
    return [_make_target(table, settings) for settings in _SETTINGS]


def _make_target(table: Any, settings: dict[str, Any]) -> Target:
    options = EdgeSettings(**({"base_url": "https://id.example.org"} | settings))
    holder, sightings = Holder(lambda: NOON), list[Sighting]()
    holder.replace(table)
    limiter = Limiter(None, limit=60, window_s=3600, workers=1, now=lambda: NOON)
    cold = Verifier(holder, limiter, options, api=_answer_elsewhere, now=lambda: NOON)
    edge = Edge(options, holder, cold, now=lambda: NOON, record=sightings.append, mend=never_mended)
    return Target(edge, holder, sightings)


async def _answer_elsewhere(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": ELSEWHERE, "headers": []})
    await send({"type": "http.response.body", "body": b"not for the edge"})
