"""Why a request about rules or their targets is refused."""

from uuid import UUID

from product_platform.kit.errors import (
    BadRequestError,
    ConflictError,
    Detail,
    InvalidError,
    NotFoundError,
)
from product_platform.kit.ids import to_short
from rules_compiler.model import SliceKey


class RuleNotFoundError(NotFoundError):
    """No rule has this id among those that the caller may see, or may change."""

    def __init__(self, rule_id: UUID) -> None:
        super().__init__(f"No resolution rule has the id {to_short(rule_id)!r}.")


class OrderTakenError(ConflictError):
    """Two rules of one scope would have the same place."""

    def __init__(self) -> None:
        super().__init__(
            "Another rule of this scope has this order_index already. Choose a free one, or reorder the "
            "rules of the scope together."
        )


class RuleIdTakenError(ConflictError):
    """Another organization has a rule with this id, as after a file was carried from one to the other."""

    def __init__(self) -> None:
        super().__init__("Another organization has a rule with this id. Give the rule a ref instead.")


class IdentifierTakenError(ConflictError):
    """Another organization has registered this primary key."""

    def __init__(self, key: SliceKey) -> None:
        super().__init__(f"/{key} belongs to another organization.")


class VersionNotFoundError(NotFoundError):
    """The organization's rule set has no version of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"The rule set has no version {number}.")


class CustomUrlNotFoundError(NotFoundError):
    """The organization's catalogue has no URL with this id."""

    def __init__(self, custom_url_id: UUID) -> None:
        super().__init__(f"No custom URL has the id {to_short(custom_url_id)!r}.")


class CustomUrlTakenError(ConflictError):
    """The URL is in the organization's catalogue already."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url!r} is in the catalogue already.")


class CustomUrlInUseError(ConflictError):
    """A rule leads there, so its health cannot be forgotten."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url!r} is the target of a rule. Change or delete its rules first.")


class HostNotFoundError(NotFoundError):
    """The organization has no host with this id."""

    def __init__(self, host_id: UUID) -> None:
        super().__init__(f"No host has the id {to_short(host_id)!r}.")


class HostUnboundError(NotFoundError):
    """No organization answers at this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No organization answers at {name!r}.")


class HostListedError(ConflictError):
    """The organization has a host of this name already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is among the hosts of the organization already.")


class HostTakenError(ConflictError):
    """Another organization has proved that the name is its own, and still does."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is bound to another organization, whose TXT record still stands.")


class HostRecordMissingError(InvalidError):
    """The record that proves the name is not in the DNS, or not yet."""

    def __init__(self, record_name: str, value: str) -> None:
        message = (
            f"No TXT record {record_name!r} reads {value!r}. Set it and try again; a name server may "
            "remember for a while that there was none."
        )
        super().__init__([Detail("record", message, "host_record_missing")], "The host name is not proved.")


class SerialNotFoundError(NotFoundError):
    """The product of this serial number is not the organization's."""

    def __init__(self, gtin: str) -> None:
        super().__init__(f"The organization has no product {gtin}.")


class FileTooLongError(InvalidError):
    """A file has more lines than are taken at once."""

    def __init__(self, max_lines: int) -> None:
        message = f"A file has at most {max_lines:,} lines. Send it in parts."
        super().__init__([Detail("body", message, "too_many_lines")])


class NotTextError(BadRequestError):
    """A file is not UTF-8."""

    def __init__(self) -> None:
        super().__init__("The file is not text in UTF-8.")


class NotCsvError(BadRequestError):
    """A file has a field without end, or one that is longer than any of ours."""

    def __init__(self, line: int) -> None:
        super().__init__(f"The file is no CSV behind line {line}: a field there is too long, or not closed.")
