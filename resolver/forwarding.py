"""Pass the query string of a request on to the target (GS1-Conformant Resolver 1.2, clause 2.12)."""

MAX_LOCATION_BYTES = 8192
"""Longer than this, browsers and proxies cut or refuse; the caller gets 414 instead."""

_NEVER_IN_A_HEADER = bytes(range(0x21)) + b'\x7f"<>\\^`{|}'
_ESCAPES = {byte: f"%{byte:02X}" for byte in (*_NEVER_IN_A_HEADER, *range(0x80, 0x100))}


def forward_query(url: str, raw_query: bytes) -> str:
    """Return *url* with *raw_query* after its own query and before its fragment.

    The query is passed on as it came, save for bytes that may not stand in a URI at all: those
    are percent-encoded, so that nothing in a request can end the header.
    """
    if not raw_query:
        return url
    query = escape(raw_query)
    target, hash_mark, fragment = url.partition("#")
    joint = "" if target.endswith(("?", "&")) else "&" if "?" in target else "?"
    return f"{target}{joint}{query}{hash_mark}{fragment}"


def escape(raw: bytes) -> str:
    """Return *raw* with every byte percent-encoded that may not stand in a URI."""
    return raw.decode("latin-1").translate(_ESCAPES)
