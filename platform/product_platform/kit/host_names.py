"""Host names as they stand in the domain name system."""

import idna

from product_platform.kit.errors import Detail, InvalidError

# A name in the DNS has at most 253 characters, and a label such as `_signpost.` may go before this one.
_LONGEST_NAME = 243


def parse_host_name(text: str) -> str:
    """Return a host name as it stands in the DNS: lower case, in ASCII, without the last dot.

    Raises InvalidError for what is none, for an address, and for a name of one label.
    """
    try:
        name = idna.encode(text, uts46=True, std3_rules=True).decode().removesuffix(".")
    except idna.IDNAError as error:
        raise _refuse(f"{text!r} is no host name.") from error
    last_label = name.rpartition(".")[2]
    if last_label in {name, ""} or last_label.isdigit() or len(name) > _LONGEST_NAME:
        raise _refuse(
            f"{text!r} is no full host name of at most {_LONGEST_NAME} characters, such as id.brand.example."
        )
    return name


def _refuse(message: str) -> InvalidError:
    return InvalidError([Detail("name", message, "host_name_invalid")])
