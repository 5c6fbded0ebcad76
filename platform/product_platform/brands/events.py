"""What brands tell the domains above them, within the transaction of the change."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from product_platform.kit.db import Connection


@dataclass(frozen=True, slots=True)
class BrandChanged:
    """The name or the owner of a brand is new; what was derived from them is out of date."""

    brand_id: UUID
    organization_id: UUID | None
    at: datetime


Listener: TypeAlias = Callable[[Connection, BrandChanged], Awaitable[None]]

_listeners: list[Listener] = []


def on_brand_changed(listener: Listener) -> Listener:
    """Have *listener* called in the transaction of every such change; it is a decorator."""
    _listeners.append(listener)
    return listener


async def announce(connection: Connection, event: BrandChanged) -> None:
    """Call every listener, one after the other."""
    for listener in _listeners:
        await listener(connection, event)
