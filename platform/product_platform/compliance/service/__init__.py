"""What can be done with recalls."""

from product_platform.compliance.service.importing import RecallReport, import_recalls
from product_platform.compliance.service.recalls import Recalls

__all__ = ["RecallReport", "Recalls", "import_recalls"]
