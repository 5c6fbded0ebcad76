"""How strictly a Digital Link is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseOptions:
    """What to take beyond the letter of the standard, and whether a stem may precede the key.

    `short_gtin` takes GTINs of 8, 12 and 13 digits and pads them; `trailing_slash` drops one
    slash at the end; `any_order` puts qualifiers in order; `attributes_in_path` takes data
    attributes that stand among the qualifiers.
    """

    stem: bool = True
    short_gtin: bool = False
    trailing_slash: bool = False
    any_order: bool = False
    attributes_in_path: bool = False


STRICT = ParseOptions()
"""The standard to the letter."""

LENIENT = ParseOptions(
    stem=False, short_gtin=True, trailing_slash=True, any_order=True, attributes_in_path=True
)
"""As much as can be understood: qualifiers in any order, data attributes among them."""

EDGE = ParseOptions(stem=False, short_gtin=True, trailing_slash=True)
"""What a resolver answers: the key comes first, and links found in the field are understood."""
