"""Lets a command find the database of its data folder."""

import argparse
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asyncpg

from admin_api.cli.options import read_command_settings
from admin_api.cli.outcome import CommandError
from admin_api.embedded import EmbeddedServerError, Postgres
from admin_api.embedded.lock import is_held
from admin_api.embedded.places import up_lock_path
from admin_api.logs import configure_logs
from admin_api.remembered import recall
from admin_api.settings import UpSettings

_DATABASE_URL = "SIGNPOST_DATABASE_URL"
_REFUSALS = (
    OSError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.UndefinedTableError,
)


@contextmanager
def reachable_database(options: argparse.Namespace) -> Iterator[None]:
    """Have the settings name a database that answers, as far as there is one.

    It is the one that is set, else that of the data folder: of a running `signpost up`, or started for
    as long as the block runs. Answers depend on what the last `signpost up` was told.
    """
    configure_logs()  # stdout is for the answers of the command
    (up,) = read_command_settings(options, UpSettings)
    try:
        with ExitStack() as stack:
            told = recall(up.data_dir)
            if up.database_url is None and (up.data_dir / Postgres.name).exists():
                told[_DATABASE_URL] = stack.enter_context(_embedded_url(up.data_dir))
            stack.enter_context(_settings(told))
            yield
    except BrokenPipeError:  # nothing of the database's
        raise
    except EmbeddedServerError as error:
        raise CommandError(str(error)) from None
    except _REFUSALS as error:
        raise CommandError(
            f"There is no database to ask ({error}). Run `signpost up` or `signpost migrate` first, name the "
            f"folder of one that ran with --data-dir, or set SIGNPOST_DATABASE_URL."
        ) from None


@contextmanager
def _embedded_url(data_dir: Path) -> Iterator[str]:
    postgres = Postgres(data_dir)
    if is_held(up_lock_path(data_dir)):
        yield postgres.url
        return
    with postgres:
        yield postgres.url


@contextmanager
def _settings(told: Mapping[str, str]) -> Iterator[None]:
    """Set what the environment itself does not say, for as long as the block runs."""
    missing = {name: value for name, value in told.items() if not os.environ.get(name)}
    os.environ.update(missing)
    try:
        yield
    finally:
        for name in missing:
            del os.environ[name]
