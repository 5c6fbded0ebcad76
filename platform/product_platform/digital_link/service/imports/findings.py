"""What there is to say of a document that was loaded, link by link."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule cannot say, or that makes no rule: where, which member, a stable code.

    `refused` counts the links that are not served because of it; none when the link is kept
    without what the finding is about.
    """

    path: str
    code: str
    field: str | None
    message: str
    refused: int = 0


@dataclass(slots=True)
class DocumentReport:
    """How a load went: the links that are served as the document says, and what is to be said of others."""

    kept: int = 0
    findings: list[Finding] = field(default_factory=list)
    _seen: set[Finding] = field(default_factory=set, repr=False)
    _refused: dict[str, int] = field(default_factory=dict, repr=False)

    @property
    def refused(self) -> int:
        """The number of links that are not served; one link counts once."""
        return sum(self._refused.values())

    def has_refused(self, path: str) -> bool:
        """Tell whether the link that stands there is not served."""
        return path in self._refused

    def note(self, path: str, code: str, message: str, *, field: str | None = None) -> None:
        """Say what a link that is kept loses."""
        self._add(Finding(path, code, field, message))

    def refuse(self, path: str, code: str, message: str, *, field: str | None = None, links: int = 1) -> None:
        """Say why a link, or that many links of an anchor, are not kept."""
        self._refused[path] = links
        self._add(Finding(path, code, field, message, links))

    def _add(self, finding: Finding) -> None:
        # A link that is a default as well makes two rules with the same fault.
        if finding not in self._seen:
            self._seen.add(finding)
            self.findings.append(finding)
