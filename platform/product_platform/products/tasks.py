"""What the jobs of this domain do."""

from collections.abc import Mapping
from typing import Final

from product_platform.kit.jobs import Handler
from product_platform.products.service.csv_import import IMPORT_CSV, import_csv
from product_platform.products.service.domains import (
    MATCH_DOMAINS,
    PROVE_DOMAIN,
    match_domains,
    prove_domain,
)
from product_platform.products.service.labels import LABEL_EXPORT, QR_BULK, draw_qr_bundle, export_labels
from product_platform.products.service.prefixes import MATCH_PREFIXES, match_prefixes

JOBS: Final[Mapping[str, Handler]] = {
    MATCH_PREFIXES: match_prefixes,
    PROVE_DOMAIN: prove_domain,
    MATCH_DOMAINS: match_domains,
    IMPORT_CSV: import_csv,
    QR_BULK: draw_qr_bundle,
    LABEL_EXPORT: export_labels,
}
"""The handler of each kind of job."""
