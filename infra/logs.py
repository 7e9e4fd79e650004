"""Logs: readable on a terminal, one JSON document a line elsewhere."""

import logging
import sys

import structlog
from temporalio import activity, workflow

from infra import tracing
from infra.log_lines import of_temporal, of_the_trace
from infra.settings import Settings

NOISY_LOGGERS = ("httpx", "httpcore", "stripe")
"""Libraries that name addresses, headers and bodies below the level of warnings: those of webhooks
may hold secrets, and what a payment provider is told holds what people wrote."""


BESIDE = ("action", "order_request", "deliveries", "endpoint_test")
"""What lines by the standard library's way say beside their text."""


def configure(settings: Settings) -> None:
    """Set logging up for this process."""
    console = settings.log_format == "console" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    renderer = structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        of_temporal,
        *([of_the_trace] if tracing.is_on() else []),
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.log_level]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(BESIDE), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Within the text they would be told a second time.
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
