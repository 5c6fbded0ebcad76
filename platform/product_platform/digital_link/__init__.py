"""Where scans go: resolution rules, their publication to the edges, and the counting of scans."""

from product_platform.digital_link.adapters.events import subscribe
from product_platform.digital_link.adapters.http import HttpUrlCheck
from product_platform.digital_link.endpoints import router
from product_platform.digital_link.ports import Edge, EdgeAnswer, Question, TxtLookup
from product_platform.digital_link.schemas.custom_urls import CustomUrlStatus
from product_platform.digital_link.schemas.explain import check_near
from product_platform.digital_link.service.base_builder import build_base
from product_platform.digital_link.service.custom_urls import CustomUrls
from product_platform.digital_link.service.explain import Explainer
from product_platform.digital_link.service.explanations import Explanations
from product_platform.digital_link.service.imports import (
    Document,
    DocumentFormat,
    DocumentReport,
    Finding,
    import_document,
)
from product_platform.digital_link.service.publisher import Publisher
from product_platform.digital_link.service.recompiling import recompile
from product_platform.digital_link.service.rules import Author, Rules
from product_platform.digital_link.service.rules_check import FileProblem, check_lines
from product_platform.digital_link.service.rules_export import export_lines
from product_platform.digital_link.service.rules_file import ImportReport, import_lines
from product_platform.digital_link.service.scans import Scans
from product_platform.digital_link.tasks import count_scans, run_worker

__all__ = [
    "Author",
    "CustomUrlStatus",
    "CustomUrls",
    "Document",
    "DocumentFormat",
    "DocumentReport",
    "Edge",
    "EdgeAnswer",
    "Explainer",
    "Explanations",
    "FileProblem",
    "Finding",
    "HttpUrlCheck",
    "ImportReport",
    "Publisher",
    "Question",
    "Rules",
    "Scans",
    "TxtLookup",
    "build_base",
    "check_lines",
    "check_near",
    "count_scans",
    "export_lines",
    "import_document",
    "import_lines",
    "recompile",
    "router",
    "run_worker",
    "subscribe",
]
