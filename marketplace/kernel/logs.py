"""Structured logging: readable lines in development, JSON in production."""

from __future__ import annotations

import logging
import sys

import structlog

from marketplace.kernel.settings import Settings


def configure(settings: Settings) -> None:
    """Configure structlog for this process."""
    is_console = settings.environment != "production"
    renderer = structlog.dev.ConsoleRenderer(colors=False) if is_console else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
