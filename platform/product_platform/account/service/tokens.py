"""Tokens: random texts that only their holder has, and of which we keep a hash."""

import hashlib
import secrets

_TOKEN_BYTES = 32


def make_token() -> str:
    """Return a new token with 256 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def to_hash(token: str) -> str:
    """Return what is stored of *token*: it has too many random bits to be guessed from this."""
    return hashlib.sha256(token.encode()).hexdigest()


def to_csrf_token(session_token: str) -> str:
    """Return the token that proves that a request comes from a page of ours: only such a page can read it.

    It follows from the session's own, so that no other site can set one that fits.
    """
    return hashlib.sha256(b"csrf:" + session_token.encode()).hexdigest()
