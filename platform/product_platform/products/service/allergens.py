"""Substances that the law makes a label point out, and the words by which a label names them.

The groups are those of the FASTER Act (US) and of Annex II of Regulation (EU) 1169/2011.
"""

import re
from collections.abc import Mapping
from typing import Final

MAJOR_ALLERGENS: Final[Mapping[str, str]] = {
    "milk": "milk butter buttermilk casein caseinate cheese cream ghee lactose whey yoghurt yogurt kefir",
    "egg": "egg albumen ovalbumin mayonnaise",
    "fish": "fish anchovy anchovies cod haddock herring mackerel salmon sardine trout tuna",
    "crustacean shellfish": "crustacean shellfish crab crayfish krill langoustine lobster prawn shrimp",
    "molluscs": "mollusc mollusk clam cuttlefish mussel octopus oyster scallop squid",
    "tree nuts": "nut almond cashew chestnut hazelnut macadamia pecan pistachio walnut praline marzipan",
    "peanuts": "peanut groundnut",
    "gluten": "gluten wheat barley bulgur couscous durum emmer farro kamut malt oat rye semolina spelt",
    "soy": "soy soya soybean edamame miso tempeh tofu",
    "sesame": "sesame tahini",
    "celery": "celery celeriac",
    "mustard": "mustard",
    "lupin": "lupin lupine",
    "sulphites": "sulphite sulfite metabisulphite metabisulfite",
}
"""Each group with the words for what belongs to it."""

_PHRASES: Final = r"sul(?:ph|f)ur\s+dioxide|e\s?22[0-8]"
# What is called like an allergen and contains none.
_HARMLESS: Final = re.compile(
    r"\b(?:(?:coconut|rice|oat|hemp)\s+(?:milk|cream)|(?:cocoa|shea|coconut)\s+butter|cream\s+of\s+tartar"
    r"|gluten[\s-]free|milk\s+thistle)\b",
    re.IGNORECASE,
)
_WORDS: Final = "|".join(
    word for words in MAJOR_ALLERGENS.values() for word in sorted(words.split(), key=len, reverse=True)
)
_ALLERGEN: Final = re.compile(rf"\b(?:(?:{_WORDS})(?:s|es)?|{_PHRASES})\b", re.IGNORECASE)


def is_major_allergen(name: str) -> bool:
    """Tell whether an ingredient, as a label names it, is a major allergen or made of one."""
    without = _HARMLESS.sub(lambda match: "oat" if match[0].lower().startswith("oat") else " ", name)
    return _ALLERGEN.search(without) is not None
