"""What the platform's processes are told by their environment."""

from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from product_platform.kit.ssrf import Network, parse_networks


class PlatformSettings(BaseSettings):
    """Settings of the API and of the worker, read from `SIGNPOST_…` variables."""

    model_config = SettingsConfigDict(
        env_prefix="SIGNPOST_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    database_url: str = Field(
        default="postgresql:///signpost",
        description="Where Postgres is; a Unix socket is given as `?host=/folder`.",
        examples=["postgresql://signpost@db.example.com/signpost"],
    )
    redis_url: str = Field(
        default="redis://localhost:6379/0",
        description="Where Redis or Valkey is.",
        examples=["redis://cache.example.com:6379/0", "unix:///run/valkey.sock"],
    )
    base_url: str = Field(
        default="http://localhost:8000",
        description="The public address, from which every absolute URL is built; it may carry a path.",
        examples=["https://id.example.com"],
    )
    storage_dir: Path = Field(
        default=Path(".signpost/files"),
        description="Folder for files such as logos; all hosts with an api process or a worker share it.",
        examples=["/var/lib/signpost-files"],
    )
    edge_min_claim_tier: Literal["unverified", "prefix_matched", "verified"] = Field(
        default="prefix_matched",
        description="The weakest claim of a product whose rules may redirect.",
        examples=["verified"],
    )
    dns_server: str | None = Field(
        default=None,
        description="Name server that is asked for proofs of host names; without it those of the system.",
        examples=["192.0.2.53", "127.0.0.1:5353", "[2001:db8::53]:53"],
    )
    mail_url: str | None = Field(
        default=None,
        description="Server that takes mail, with user and password; without it mail is put among the files.",
        examples=["smtp://signpost:secret@mail.example.com", "smtps://mail.example.com:465"],
    )
    mail_from: str = Field(
        default="Signpost <signpost@localhost>",
        description="Sender of the mail to people.",
        examples=["Signpost <no-reply@example.com>"],
    )
    reauth_minutes: int = Field(
        default=15,
        ge=1,
        description="For how many minutes a password that a person gave is enough to delete an organization.",
        examples=["5"],
    )
    outgoing_allow: str = Field(
        default="",
        description="Networks that are not public and that links may lead to, separated by commas.",
        examples=["10.20.0.0/16,192.0.2.7"],
    )

    verification_scans: int = Field(
        default=20,
        ge=1,
        description="Scans of one serial by shoppers in a while that are no cause for suspicion.",
        examples=["50"],
    )
    verification_speed_kmh: int = Field(
        default=900,
        ge=1,
        description="Speed between two scans of one serial by retailers that is no cause for suspicion.",
        examples=["300"],
    )
    verification_distance_km: int = Field(
        default=100,
        ge=0,
        description="Distance of two shops that may both scan one serial in a while.",
        examples=["20"],
    )
    verification_hours: int = Field(
        default=24,
        ge=1,
        le=720,
        description="The while, in hours, in which scans of one serial are held against each other.",
        examples=["48"],
    )

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: str) -> str:
        return _with_scheme(value, "postgresql://", "postgres://")

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: str) -> str:
        return _with_scheme(value, "redis://", "rediss://", "unix://")

    @field_validator("mail_url")
    @classmethod
    def _is_smtp(cls, value: str | None) -> str | None:
        return None if value is None else _with_scheme(value, "smtp://", "smtps://")

    @field_validator("base_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        return _with_scheme(value, "http://", "https://").rstrip("/")

    @field_validator("dns_server")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is not None:
            _check_address(value)
        return value

    @field_validator("outgoing_allow")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        parse_networks(value)
        return value

    @cached_property
    def outgoing_networks(self) -> tuple[Network, ...]:
        """The networks of `outgoing_allow`."""
        return parse_networks(self.outgoing_allow)


def _check_address(value: str) -> None:
    parts = urlsplit(f"//{value}")
    try:
        ip_address(parts.hostname or "")
        is_address = parts.netloc == value and parts.username is None and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise ValueError("it must be an IP address, that of IPv6 in brackets, with a port or without")


def _with_scheme(value: str, *schemes: str) -> str:
    if not value.startswith(schemes):
        raise ValueError(f"it must begin with {' or '.join(schemes)}")
    return value
