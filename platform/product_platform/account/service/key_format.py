"""What an API key looks like, and how one is made and hashed."""

import hashlib
import re
import secrets
import string
import zlib

from product_platform.kit.permissions import KeyType

_BODY_LENGTH = 32
_BODY_ALPHABET = string.ascii_letters + string.digits
_PATTERN = re.compile(rf"(?:{'|'.join(KeyType)})_([A-Za-z0-9]{{{_BODY_LENGTH}}})_([0-9a-f]{{8}})")


def make_key(key_type: KeyType) -> str:
    """Return a new key with 190 random bits."""
    body = "".join(secrets.choice(_BODY_ALPHABET) for _ in range(_BODY_LENGTH))
    return f"{key_type}_{body}_{checksum(body)}"


def is_well_formed(key: str) -> bool:
    """Tell whether *key* can be one of ours; a typing error almost never is."""
    match = _PATTERN.fullmatch(key)
    return match is not None and checksum(match[1]) == match[2]


def checksum(body: str) -> str:
    """Return the CRC-32 of *body* in eight hexadecimal digits."""
    return f"{zlib.crc32(body.encode()):08x}"


def to_hash(key: str) -> str:
    """Return what is stored of *key*: it has too many random bits to be guessed from this."""
    return hashlib.sha256(key.encode()).hexdigest()
