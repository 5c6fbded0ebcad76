"""Many codes at once, as jobs: bundles of QR codes, and labels of lots and serials."""

from product_platform.products.service.labels.downloads import LABEL_EXPORT, QR_BULK, Downloads
from product_platform.products.service.labels.exports import LabelExports, export_labels
from product_platform.products.service.labels.qr_bundles import QrBundles, draw_qr_bundle

__all__ = [
    "LABEL_EXPORT",
    "QR_BULK",
    "Downloads",
    "LabelExports",
    "QrBundles",
    "draw_qr_bundle",
    "export_labels",
]
