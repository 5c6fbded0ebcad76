"""Compliance: recalls of products, as authorities publish them."""

from product_platform.compliance.endpoints import router
from product_platform.compliance.models import Recall
from product_platform.compliance.ports import Catalogue
from product_platform.compliance.schemas import RecallFilters, RecallOut
from product_platform.compliance.service import RecallReport, Recalls, import_recalls

__all__ = [
    "Catalogue",
    "Recall",
    "RecallFilters",
    "RecallOut",
    "RecallReport",
    "Recalls",
    "import_recalls",
    "router",
]
