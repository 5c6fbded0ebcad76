"""What a document says of a request, read by the plainest possible client of the standard.

GS1-Conformant Resolver 1.2, clause 2.6: the narrowest level that has the link type, then media
type, language and context. It shares no code with the import or with the edge.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "samples"
OPEN_VALUE = "S-77"
LANGUAGE_RANKS = 3

Link = dict[str, Any]


@dataclass(frozen=True)
class Request:
    path: str
    link_type: str | None
    language: str | None
    context: str | None
    media_type: str

    @property
    def query(self) -> str:
        parameters = {"linkType": self.link_type, "context": self.context}
        return "&".join(f"{name}={value}" for name, value in parameters.items() if value is not None)


@dataclass
class Level:
    """What a document says of one identifier, by compact link type."""

    path: str
    links: dict[str, list[Link]] = field(default_factory=dict)
    default: Link | None = None
    variants: list[Link] = field(default_factory=list)


def read_sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


def read_levels(document: Any, *, is_narrowed: bool = True) -> list[Level]:
    """Return the levels of a document, narrowest first; qualifiers beside a linkset may narrow it."""
    entries = document if isinstance(document, list) else [document]
    levels = [level for entry in entries for level in _read_document(entry, is_narrowed)]
    return sorted(levels, key=lambda level: -level.path.count("/"))


def requests(levels: list[Level]) -> Iterator[Request]:
    """Yield every combination of what the document mentions, and of what it does not."""
    links = [link for level in levels for each in level.links.values() for link in each]
    languages = {tag for link in links for tag in link.get("hreflang") or ()}
    contexts = {context for link in links for context in link.get("context") or ()}
    media_types = {link["type"] for link in links if link.get("type")}
    link_types = {name for level in levels for name in level.links}
    for asked in product(
        [level.path for level in levels],
        [*sorted(link_types | {"gs1:faqs"}), None],
        [*sorted(languages), "eo", "en-NZ", None],
        [*sorted(contexts), "elsewhere", None],
        [*sorted(media_types), "*/*"],
    ):
        request = Request(*asked)
        # The default of those who ask for JSON is the product itself.
        if request.link_type is not None or request.media_type != "application/json":
            yield request


def answer(levels: list[Level], request: Request) -> str | list[str] | None:
    """Return where the client goes, between what it is left to choose, or None when nothing is there."""
    for level in levels:
        if not request.path.startswith(level.path):
            continue
        if request.link_type is None:
            # Of a level without default link our resolver takes the first of its product pages.
            offered = level.variants if level.default else level.links.get("gs1:pip", [])[:1]
            left, is_met = _narrow(offered, request)
            if is_met and len(_targets(left)) == 1:
                return left[0]["href"]
            if level.default:
                return level.default["href"]
            continue
        links = level.links.get(request.link_type, [])
        left, _ = _narrow(links, request)
        if links:
            targets = _targets(left)
            return targets if len(targets) > 1 else targets[0]
    return None


def _targets(links: list[Link]) -> list[str]:
    """Return where the links lead: there is nothing to choose between links to one place."""
    return sorted({link["href"] for link in links})


def _narrow(links: list[Link], request: Request) -> tuple[list[Link], bool]:
    """Return the links that the client prefers, and whether any of them meets a preference."""
    left, is_met = links, False
    ranks = [_rank(request.language, link.get("hreflang") or []) for link in links]
    by_rank = {id(link): rank for link, rank in zip(links, ranks, strict=True)}
    for keep in (
        lambda link, _left: link.get("type") == request.media_type,
        lambda link, left: by_rank[id(link)] == min(map(by_rank.get, map(id, left))) < LANGUAGE_RANKS,
        lambda link, _left: request.context in (link.get("context") or []),
    ):
        kept = [link for link in left if keep(link, left)]
        left, is_met = kept or left, is_met or bool(kept)
    return left, is_met


def _rank(asked: str | None, offered: list[str]) -> int:
    """Return how well a link's languages suit: 0 exactly, 1 in general, 2 in another special form."""
    if asked is None:
        return LANGUAGE_RANKS
    if asked in offered:
        return 0
    if asked.partition("-")[0] in offered:
        return 1
    return 2 if any(tag.startswith(f"{asked}-") for tag in offered) else LANGUAGE_RANKS


def _read_document(document: Any, is_narrowed: bool) -> Iterator[Level]:
    if "links" in document:
        yield _read_entry(document)
    for member in document.get("linkset", []):
        yield _read_member(member, document.get("qualifiers", []) if is_narrowed else [])


def _read_entry(entry: Any) -> Level:
    values = {name: value for each in entry.get("qualifiers", []) for name, value in each.items()}
    level = Level(_to_path(entry["anchor"], values))
    for link in entry["links"]:
        if "{1}" in link["href"]:  # the rest of a longer identifier, which no rule knows
            continue
        filled = link | {"href": link["href"].replace("{serialnumber}", OPEN_VALUE)}
        _add(level, filled["linktype"], filled)
    defaults = level.links.get(entry["defaultLinktype"], [])
    if defaults:
        level.default = defaults[0]
        level.variants = defaults if len(defaults) > 1 else []
    return level


def _read_member(member: Any, qualifiers: list[dict[str, str]]) -> Level:
    values = {name: value for each in qualifiers for name, value in each.items()}
    level = Level(_to_path("/" + member["anchor"].split("/", 3)[3], values))
    for relation, links in member.items():
        name = relation.rpartition("/")[2]
        if name == "defaultLink":
            (level.default,) = links
        elif isinstance(links, list):
            for link in links:
                if name == "defaultLinkMulti":
                    _add_once(level.variants, link)
                else:
                    _add(level, f"gs1:{name}", link)
    return level


def _add(level: Level, link_type: str, link: Link) -> None:
    _add_once(level.links.setdefault(link_type, []), link)


def _add_once(known: list[Link], link: Link) -> None:
    if not any(_meaning(link) == _meaning(other) for other in known):
        known.append(link)


def _meaning(link: Link) -> Link:
    return {name: link.get(name) for name in ("href", "type", "hreflang", "context")}


def _to_path(anchor: str, values: dict[str, str]) -> str:
    """Return the path of the level; a serial says by itself which one it is."""
    if "21" in values:
        values = {"21": values["21"]}
    filled = {ai: OPEN_VALUE if value.startswith("{") else value for ai, value in values.items()}
    return anchor + "".join(f"/{ai}/{value}" for ai, value in filled.items())
