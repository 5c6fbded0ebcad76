"""The settings of all processes, made from their classes."""

from collections.abc import Iterator

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from admin_api.env_example import SETTINGS_CLASSES
from admin_api.settings import PREFIX, UpSettings
from product_platform.kit.settings import PlatformSettings
from resolver.settings import EdgeSettings
from tests.docs.tables import render_table

READERS: dict[type[BaseSettings], tuple[str, ...]] = {
    UpSettings: ("up",),
    EdgeSettings: ("edge",),
    PlatformSettings: ("api", "worker"),
}
"""The processes that a class of settings is made for."""

OTHER_READERS: dict[type[BaseSettings], tuple[str, ...]] = {
    "host": ("edge", "api"),
    "port": ("edge", "api"),
    "workers": ("edge",),
    "api_socket": ("api",),
}
"""Further processes that read one setting of a class."""


def render_settings() -> str:
    """Return a table with a row for each setting, or for each meaning that it has."""
    names = dict.fromkeys(name for each in SETTINGS_CLASSES for name in each.model_fields)
    heads = ("Setting", "Read by", "Meaning", "Default", "Example")
    return render_table(heads, [row for name in names for row in _render_setting(name)])


def _render_setting(name: str) -> Iterator[tuple[str, ...]]:
    shown = f"`{PREFIX}{name.upper()}`"
    for settings_class, readers in READERS.items():
        field = settings_class.model_fields.get(name)
        if field is not None:
            processes = ", ".join(f"`{reader}`" for reader in (*readers, *OTHER_READERS.get(name, ())))
            yield shown, processes, field.description or "", _default_of(field), f"`{field.examples[0]}`"
            shown = ""


def _default_of(field: FieldInfo) -> str:
    return "" if field.default_factory or field.default in (None, "") else f"`{field.default}`"
