"""Read one link of a document: where it leads, and for whom."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote

from product_platform.digital_link.service.imports.findings import DocumentReport

MAX_TITLE_LENGTH: Final = 255

_UNDETERMINED: Final = "und"
_READ: Final = frozenset({"href", "title", "type", "hreflang", "context", "linktype"})
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_PLACEHOLDERS: Final = {"serialnumber": "{serial}", "lotnumber": "{lot}"}
_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))
# What every rule does anyway.
_SAYS_NOTHING: Final = (("fwqs", True), ("public", True), ("active", True))
_NOT_SAID: Final = {
    "fwqs": "The query string of a request is always passed on.",
    "public": "Every link is public: let the target ask who is there, or delete the rule.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link as a document gives it; without link type it is a default link."""

    path: str
    link_type: str | None
    href: str
    title: str | None = None
    media_type: str | None = None
    languages: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()

    @property
    def has_preferences(self) -> bool:
        """Whether the link is meant for some callers more than for others."""
        return bool(self.media_type or self.languages or self.contexts)

    @property
    def meaning(self) -> tuple[object, ...]:
        """What two links have in common that are one."""
        return self.link_type, self.href, self.media_type, self.languages, self.contexts

    def is_joinable(self, other: "Link") -> bool:
        """Tell whether both lead the same way, and some callers would have to choose between them."""
        same = (self.link_type, self.href, self.media_type) == (other.link_type, other.href, other.media_type)
        is_for_same = not self.languages and not other.languages
        return same and (is_for_same or not set(self.languages).isdisjoint(other.languages))

    def joined(self, other: "Link") -> "Link":
        """Return the one link for the callers of both."""
        if not (self.has_preferences and other.has_preferences):
            return self.for_everybody()
        return replace(
            self,
            languages=tuple(dict.fromkeys((*self.languages, *other.languages))),
            contexts=tuple(dict.fromkeys((*self.contexts, *other.contexts))),
        )

    def as_default(self) -> "Link":
        """Return the same link as one of the default links."""
        return replace(self, link_type=None)

    def for_everybody(self) -> "Link":
        """Return the link without its preferences."""
        return replace(self, media_type=None, languages=(), contexts=())


class LinkReader:
    """Reads the links of one anchor; *placeholders* are the names that it gives to open values."""

    def __init__(self, report: DocumentReport, placeholders: Mapping[str, str]) -> None:
        self._report = report
        self._placeholders = {**_PLACEHOLDERS, **placeholders}

    def read(self, value: object, path: str, link_type: str | None) -> Link | None:
        """Return the link, or None after reporting why there is none."""
        if not isinstance(value, dict):
            self._report.refuse(path, "not_an_object", "A link is an object with an href.")
            return None
        href = value.get("href")
        if not isinstance(href, str) or not href:
            self._report.refuse(
                path, "href_missing", "The link leads nowhere: give it an href.", field="href"
            )
            return None
        lists = [self._read_texts(value, name, path) for name in ("hreflang", "context")]
        media_type = value.get("type")
        if None in lists or not self._is_text(media_type, "type", path):
            return None
        self._note_rest(value, path)
        languages, contexts = (texts or () for texts in lists)
        return Link(
            path=path,
            link_type=link_type,
            href=self._to_target(href),
            title=self._read_title(value, path),
            media_type=_to_media_type(media_type or ""),
            languages=tuple(tag for tag in languages if tag.lower() != _UNDETERMINED),
            contexts=contexts,
        )

    def _read_texts(self, value: Mapping[str, Any], name: str, path: str) -> tuple[str, ...] | None:
        """Return a list of texts, empty when it is not there, or None after refusing the link."""
        texts = value.get(name)
        if texts is None:
            return ()
        if isinstance(texts, str):
            self._report.note(path, "not_a_list", f"{name} is a list; {texts!r} is read as one.", field=name)
            return (texts,)
        if isinstance(texts, list) and all(isinstance(text, str) and text for text in texts):
            return tuple(dict.fromkeys(texts))
        self._report.refuse(path, "not_a_text", f"{name} is a list of texts.", field=name)
        return None

    def _is_text(self, value: object, name: str, path: str) -> bool:
        if value is None or isinstance(value, str):
            return True
        self._report.refuse(path, "not_a_text", f"{name} is a text.", field=name)
        return False

    def _read_title(self, value: Mapping[str, Any], path: str) -> str | None:
        title = value.get("title")
        if title is None:
            return None
        if not isinstance(title, str):
            self._report.note(path, "not_a_text", "The title is a text; it is left out.", field="title")
            return None
        if _PLACEHOLDER.search(title):
            message = "Placeholders are filled in targets only; the title stays as it is."
            self._report.note(path, "title_not_filled", message, field="title")
        if len(title) > MAX_TITLE_LENGTH:
            message = f"The title is cut to {MAX_TITLE_LENGTH} characters."
            self._report.note(path, "title_cut", message, field="title")
        return title[:MAX_TITLE_LENGTH] or None

    def _to_target(self, href: str) -> str:
        """Return *href* as a target of ours: characters of a URI alone, our names for placeholders."""
        filled = _PLACEHOLDER.sub(lambda match: self._placeholders.get(match[1], match[0]), href.strip())
        return quote(filled, safe=_ASCII)

    def _note_rest(self, value: Mapping[str, Any], path: str) -> None:
        """Report the members that a rule has no words for."""
        for name in value:
            if name in _READ or (name, value[name]) in _SAYS_NOTHING:
                continue
            message = _NOT_SAID.get(name, f"A rule has no {name}; it is left out.")
            self._report.note(path, "member_left_out", message, field=name)


def _to_media_type(text: str) -> str | None:
    """Return a media type without its parameters, which nobody asks for."""
    essence = text.partition(";")[0].strip()
    return essence if essence and essence != _UNDETERMINED else None
