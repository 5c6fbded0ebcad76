"""Take over what another resolver serves: its linksets and entries become rules with the same answers.

A document is read into anchors with links (`documents`, `anchors`, `links`), these are turned into
rules in the order that reproduces the document (`drafts`), and the rules are stored (`load`).
"""

from product_platform.digital_link.service.imports.documents import Document, DocumentFormat
from product_platform.digital_link.service.imports.findings import DocumentReport, Finding
from product_platform.digital_link.service.imports.load import import_document

__all__ = ["Document", "DocumentFormat", "DocumentReport", "Finding", "import_document"]
