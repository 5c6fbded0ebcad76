"""The compressed form of a path: its last segment is an EPC in binary."""

import re

from rules_compiler.gs1.errors import DigitalLinkError
from rules_compiler.gs1.link import DigitalLink
from rules_compiler.gs1.options import STRICT, ParseOptions

_EPC_PATH = re.compile(r"((?:/.*)?)/(eh[0-9a-f]+|ex[A-Za-z0-9_-]+)(/?)", re.DOTALL)


def expand(raw_path: bytes, options: ParseOptions = STRICT) -> DigitalLink | None:
    """Return the link that the last segment of *raw_path* stands for, or None when it has another form.

    Ask only for a path without a primary key: behind a key such a segment is a value. Raises
    DigitalLinkError when the form is that of an EPC and the EPC is no link.
    """
    match = _EPC_PATH.fullmatch(raw_path.decode("latin-1"))
    if match is None or (match[1] and not options.stem) or (match[3] and not options.trailing_slash):
        return None
    # The tables of EPCs are large, and few processes ever meet one.
    from rules_compiler.gs1.epc import from_epc_segment  # noqa: PLC0415

    try:
        return from_epc_segment(match[2])._replace(stem=match[1])
    except DigitalLinkError as error:
        raise error.moved(match.start(2)) from None
