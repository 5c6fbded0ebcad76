"""How the processes log: one JSON object a line, on stderr."""

import sys
from typing import Any

import orjson
import structlog


def configure_logs() -> None:
    """Set up structlog for this process. A traceback is its text, never the values of variables."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_to_json),
        ],
        # Looked up for each line: who runs this may put another stderr in place.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )


def _to_json(event: Any, **_options: Any) -> str:
    return orjson.dumps(event, default=repr).decode()
