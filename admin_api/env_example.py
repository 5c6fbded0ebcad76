"""Writes `.env.example` from the settings classes: `python -m admin_api.env_example > .env.example`."""

import sys
import textwrap
from collections.abc import Iterator

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from admin_api.settings import PREFIX, UpSettings
from product_platform.kit.settings import PlatformSettings
from resolver.settings import EdgeSettings

# A name that several classes have is described by the first.
SETTINGS_CLASSES: tuple[type[BaseSettings], ...] = (UpSettings, EdgeSettings, PlatformSettings)

_HEADER = """\
# Every setting of Signpost, with an example and, where there is one, the default.
# All are optional. Written by `make docs` from the settings classes.
"""


def render() -> str:
    """Return the text of `.env.example`."""
    return "\n".join([_HEADER, *(_entry(name, field) for name, field in _fields())])


def _fields() -> Iterator[tuple[str, FieldInfo]]:
    seen: set[str] = set()
    for settings_class in SETTINGS_CLASSES:
        for name, field in settings_class.model_fields.items():
            if name not in seen:
                seen.add(name)
                yield name, field


def _entry(name: str, field: FieldInfo) -> str:
    has_default = field.default_factory is None and field.default not in (None, "")
    description = f"{field.description} Default: {field.default}." if has_default else f"{field.description}"
    example = field.examples[0] if field.examples else field.default
    return f"{textwrap.indent(textwrap.fill(description, 100), '# ')}\n#{PREFIX}{name.upper()}={example}\n"


if __name__ == "__main__":
    sys.stdout.write(render())
