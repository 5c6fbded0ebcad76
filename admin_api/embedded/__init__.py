"""Real servers from wheels, run as children: PostgreSQL and Valkey for a machine that has neither."""

from admin_api.embedded.postgres import Postgres
from admin_api.embedded.server import EmbeddedServerError
from admin_api.embedded.valkey import Valkey

__all__ = ["EmbeddedServerError", "Postgres", "Valkey"]
