"""Which numbers nobody can own."""

# GS1 prefixes whose numbers are given out anew in every shop or country.
_RESTRICTED = (range(20, 30), range(40, 50), range(200, 300))
_RESTRICTED_GTIN_8 = (range(100), range(200, 300))
_GTIN_8_PADDING = "0" * 6


def is_restricted(gtin: str) -> bool:
    """Tell whether a GTIN-14 lies under a restricted-circulation prefix, which nobody owns."""
    if gtin.startswith(_GTIN_8_PADDING):
        return any(int(gtin[6:9]) in prefixes for prefixes in _RESTRICTED_GTIN_8)
    return is_restricted_prefix(gtin[1:4])


def is_restricted_prefix(prefix: str) -> bool:
    """Tell whether numbers under a GS1 prefix of three digits are given out anew everywhere."""
    return any(int(prefix) in prefixes for prefixes in _RESTRICTED)
