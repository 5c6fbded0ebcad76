"""Links whose values any EPC can carry, drawn at random."""

from hypothesis import settings
from hypothesis import strategies as st

from rules_compiler.gs1 import check_digit, parse_uri, slice_key
from rules_compiler.gs1.checks import CSET82

HOST = "https://id.gs1.org"

# For a property that is looked at once for each scheme or format: they share most of their code.
SHORT = settings(max_examples=settings().max_examples // 4)


def numbers(width):
    return st.integers(0, 2**width - 1).map(str)


def digits(shortest, longest=None):
    return st.text("0123456789", min_size=shortest, max_size=longest or shortest)


def text(longest):
    return st.text(CSET82, min_size=1, max_size=longest)


def checked(length):
    return digits(length - 1).map(lambda body: body + check_digit(body))


def is_extension(text):
    return text != "0"


pieces = st.tuples(st.integers(1, 99), st.integers(1, 99)).map(lambda pair: f"{min(pair):02}{max(pair):02}")
extensions = text(20).filter(is_extension)
component_parts = st.text("#-/0123456789ABCXYZ", min_size=1, max_size=18)
component_serials = st.integers(1, 999_999_999_999).map(str)


def joined(*strategies):
    return st.tuples(*strategies).map("".join)


PATHS = {
    "SGTIN-96": {"01": checked(14), "21": numbers(38)},
    "SGTIN-198": {"01": checked(14), "21": text(20)},
    "SGTIN+": {"01": checked(14), "21": text(20)},
    "DSGTIN+": {"01": checked(14), "21": text(20)},
    "SSCC-96": {"00": checked(18)},
    "SSCC+": {"00": checked(18)},
    "SGLN-96": {"414": checked(13), "254": numbers(41).filter(is_extension)},
    "SGLN-195": {"414": checked(13), "254": extensions},
    "SGLN+": {"414": checked(13), "254": extensions},
    "GRAI-96": {"8003": joined(st.just("0"), checked(13), numbers(38))},
    "GRAI-170": {"8003": joined(st.just("0"), checked(13), text(16))},
    "GRAI+": {"8003": joined(st.just("0"), checked(13), st.just("") | text(16))},
    "GIAI-96": {"8004": joined(digits(12), numbers(42))},
    "GIAI-202": {"8004": joined(digits(12), text(18))},
    "GIAI+": {"8004": joined(digits(4), st.just("") | text(26))},
    "GSRN-96": {"8018": checked(18)},
    "GSRN+": {"8018": checked(18)},
    "GSRNP-96": {"8017": checked(18)},
    "GSRNP+": {"8017": checked(18)},
    "GDTI-96": {"253": joined(checked(13), numbers(41))},
    "GDTI-113": {"253": joined(checked(13), digits(1, 17))},
    "GDTI-174": {"253": joined(checked(13), text(17))},
    "GDTI+": {"253": joined(checked(13), st.just("") | text(17))},
    "CPI-96": {
        "8010": joined(digits(12), st.integers(0, 999).map(str)),
        "8011": numbers(31).filter(is_extension),
    },
    "CPI-var": {"8010": joined(digits(12), component_parts), "8011": component_serials},
    "CPI+": {"8010": joined(digits(4), component_parts), "8011": component_serials},
    "SGCN-96": {"255": joined(checked(13), digits(1, 12))},
    "SGCN+": {"255": joined(checked(13), digits(0, 12))},
    "ITIP-110": {"8006": joined(checked(14), pieces), "21": numbers(38)},
    "ITIP-212": {"8006": joined(checked(14), pieces), "21": text(20)},
    "ITIP+": {"8006": joined(checked(14), pieces), "21": text(20)},
}
"""For each scheme the values that it can carry whatever the company prefix, but where the prefix is open."""


def links(scheme):
    """Return links of *scheme*, each a key with the qualifiers that an EPC names."""

    def to_link(values):
        return parse_uri(f"{HOST}/{slice_key(tuple(zip(PATHS[scheme], values, strict=True)))}")

    return st.tuples(*PATHS[scheme].values()).map(to_link)


def prefix_lengths(scheme):
    """Return the lengths of company prefix with which a link of *scheme* always fits."""
    is_open = scheme in ("GIAI-96", "GIAI-202", "CPI-96", "CPI-var")
    return st.just(12) if is_open else st.integers(6, 12)
