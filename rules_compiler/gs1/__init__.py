"""The GS1 vocabulary: application identifiers, check digits, and the syntax of Digital Link URIs.

Read a link with `parse_uri`, or with `parse_path` the path and query of a request; both return a
`DigitalLink` or raise `DigitalLinkError`. `STRICT` is the standard to the letter, `EDGE` what a
resolver answers. `levels` tells which registered identifiers answer for a link, `slice_key` how
each is written. `from_element_string` and `to_element_string` speak the language of barcodes;
RFID tags and the names of EPCIS are in `rules_compiler.gs1.epc`, loaded only when asked for.
"""

from rules_compiler.gs1.associations import association_errors
from rules_compiler.gs1.dictionary import IDENTIFIERS, PRIMARY_KEYS, ApplicationIdentifier
from rules_compiler.gs1.element_strings import from_element_string, to_element_string
from rules_compiler.gs1.encoding import encode_value
from rules_compiler.gs1.errors import DigitalLinkError
from rules_compiler.gs1.formats import check_value
from rules_compiler.gs1.gtin import check_digit, normalize_gtin
from rules_compiler.gs1.levels import SHAPES, Elements, levels, slice_key
from rules_compiler.gs1.link import DigitalLink
from rules_compiler.gs1.options import EDGE, LENIENT, STRICT, ParseOptions
from rules_compiler.gs1.parser import parse_path, parse_uri, read_plain_gtin
from rules_compiler.gs1.report import to_report

__all__ = [
    "EDGE",
    "IDENTIFIERS",
    "LENIENT",
    "PRIMARY_KEYS",
    "SHAPES",
    "STRICT",
    "ApplicationIdentifier",
    "DigitalLink",
    "DigitalLinkError",
    "Elements",
    "ParseOptions",
    "association_errors",
    "check_digit",
    "check_value",
    "encode_value",
    "from_element_string",
    "levels",
    "normalize_gtin",
    "parse_path",
    "parse_uri",
    "read_plain_gtin",
    "slice_key",
    "to_element_string",
    "to_report",
]
