"""Catalogues as CSV files: read, and stored as a job."""

from product_platform.products.service.csv_import.importing import IMPORT_CSV, Imports, import_csv
from product_platform.products.service.csv_import.reading import MAX_FILE_BYTES, TEMPLATE

__all__ = ["IMPORT_CSV", "MAX_FILE_BYTES", "TEMPLATE", "Imports", "import_csv"]
