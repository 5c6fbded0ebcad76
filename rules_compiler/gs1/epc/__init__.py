"""EPCs, what RFID tags and EPCIS name things by, to Digital Links and back."""

from rules_compiler.gs1.epc.binary import from_epc_segment, to_epc_binary
from rules_compiler.gs1.epc.names import from_epc_urn, to_epc_urn
from rules_compiler.gs1.epc.schemes import SCHEMES

EPC_SCHEMES = tuple(SCHEMES)
"""The names of the binary schemes, such as SGTIN-96 and SGTIN+."""

__all__ = ["EPC_SCHEMES", "from_epc_segment", "from_epc_urn", "to_epc_binary", "to_epc_urn"]
