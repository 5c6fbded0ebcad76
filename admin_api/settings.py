"""What the commands that serve are told by their environment, and how a wrong value is refused."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from resolver.settings import count_cpus

PREFIX = "SIGNPOST_"
_PASSWORD = re.compile(r"(?<=:)[^:/@]+(?=@)")


def _check_postgres(url: str) -> str:
    return _check_scheme(url, "postgresql://", "postgres://")


def _check_redis(url: str) -> str:
    return _check_scheme(url, "redis://", "rediss://", "unix://")


def _check_scheme(url: str, *schemes: str) -> str:
    if not url.startswith(schemes):
        raise ValueError(f"it must begin with {' or '.join(schemes)}")
    return url


class UpSettings(BaseSettings):
    """Where Signpost listens, where its data lies, and which servers it uses instead of its own."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address on which the edge listens; 0.0.0.0 for every interface.",
        examples=["0.0.0.0"],
    )
    port: int = Field(
        default=8000,
        ge=1,
        le=65535,
        description="Port on which the edge listens.",
        examples=["8080"],
    )
    workers: int = Field(
        default_factory=count_cpus,
        ge=1,
        le=256,
        description="Number of edge workers; one for each processor unless set.",
        examples=["4"],
    )
    data_dir: Path = Field(
        default=Path(".signpost"),
        description="Folder for everything that Signpost keeps on disk.",
        examples=["/var/lib/signpost-data"],
    )
    env_file: Path | None = Field(
        default=None,
        description="File of settings, one NAME=value a line, that is read at each start and each reload.",
        examples=["/etc/signpost/settings"],
    )
    database_url: Annotated[str, AfterValidator(_check_postgres)] | None = Field(
        default=None,
        description="PostgreSQL 15 or newer; without it `signpost up` starts its own.",
        examples=["postgresql://signpost@db.example.com/signpost"],
    )
    redis_url: Annotated[str, AfterValidator(_check_redis)] | None = Field(
        default=None,
        description="Redis 6.2 or newer, or Valkey; without it `signpost up` starts its own.",
        examples=["redis://cache.example.com:6379/0"],
    )


class WrongSettingsError(Exception):
    """Some settings cannot be used; `problems` has one line for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def read_settings(*classes: type[BaseSettings]) -> list[Any]:
    """Return one instance of each class, or raise with every problem of all of them at once."""
    instances: list[Any] = []
    problems: dict[str, str] = {}
    for settings_class in classes:
        try:
            instances.append(settings_class())
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                name = str(problem["loc"][0])
                line = _problem_line(
                    settings_class.model_fields[name], name, problem["input"], problem["msg"]
                )
                problems.setdefault(name, line)
    if problems:
        raise WrongSettingsError(list(problems.values()))
    return instances


def _problem_line(field: FieldInfo, name: str, seen: object, message: str) -> str:
    reason = message.removeprefix("Value error, ")
    example = field.examples[0] if field.examples else field.default
    shown = _PASSWORD.sub("…", seen) if isinstance(seen, str) else seen
    return f"{PREFIX}{name.upper()} is {shown!r}: {reason}. An example: {PREFIX}{name.upper()}={example}"
