"""Logs: one stream, JSON or text, with every known secret masked in the finished line.

The Celery app calls ``configure`` from Celery's ``setup_logging`` signal: with a receiver there, Celery sets up no
handler of its own. Event names are ``<noun>.<past verb>`` with ``provider`` and ``reason``: ``delivery.parked``.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from typing import Any, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from worker.masks import MASK, needles_of, pattern_of

AGAIN_S = 60.0
REMEMBERED = 256


class _Secrets:
    """What must never be printed by this process.

    A line is looked through for each spelling as it stands before the pattern is tried: nearly every line is clean, and
    a pattern of so many words takes ten times as long to say so (measured: 35 µs, most of what a line costs).
    """

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.pattern = re.compile("(?!)")
        self.needles: tuple[str, ...] = ()

    def add(self, secrets: tuple[str, ...]) -> None:
        fresh = {secret for secret in secrets if secret} - self.known
        if fresh:
            self.known |= fresh
            self.pattern = re.compile(pattern_of(self.known), re.IGNORECASE)
            self.needles = tuple({needle.casefold() for needle in needles_of(self.known)})

    def masked(self, line: str) -> str:
        folded = line.casefold()
        for needle in self.needles:
            if needle in folded:
                return self.pattern.sub(MASK, line)
        return line


_secrets = _Secrets()


class _Seldom(logging.Filter):
    """Lets the same warning of a library through once a minute: while its server is away, some say it many times a
    second."""

    def __init__(self) -> None:
        super().__init__()
        self._said_s: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        line, now_s = (record.name, record.getMessage()), time.monotonic()
        if now_s - self._said_s.get(line, -AGAIN_S) < AGAIN_S:
            return False
        if len(self._said_s) >= REMEMBERED:
            self._said_s.clear()
        self._said_s[line] = now_s
        return True


def keep_secret(*secrets: str) -> None:
    """From now on these are stars in every line of this process, whatever library writes it."""
    _secrets.add(secrets)


def mask_line(_logger: WrappedLogger, _method: str, line: str) -> str:
    """A finished line without secrets. It comes after the renderer, so that no field and no traceback escapes it."""
    return _secrets.masked(line)


def configure(level: str = "INFO", *, as_json: bool = True, stream: TextIO | None = None) -> None:
    """One handler on the root logger, for our own events and for everybody else's records.

    ``level`` is a name of the logging module's. ``stream`` defaults to standard error. May be called again.
    """
    out, number = stream or sys.stderr, logging.getLevelNamesMapping()[level]
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    rendering = _rendering(out, as_json=as_json)
    # Our own events do not go through the logging module: a line a delivery, and it would cost five times as much.
    structlog.configure(
        processors=[_logger_name, structlog.processors.add_log_level, stamp, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=True,
    )
    foreign: list[Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        stamp,
        structlog.stdlib.ExtraAdder(),
    ]
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=foreign,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        ),
    )
    handler.addFilter(_Seldom())
    # Nobody prints where a line came from, in which thread: finding out costs as much as the line.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)


def _logger_name(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """As the logging module's records have it. It cannot be bound under this name: structlog has an argument of it."""
    event["logger"] = event.pop("module", "")
    return event


def _json(event: object, **_: object) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()


def _rendering(out: TextIO, *, as_json: bool) -> list[Any]:
    # Tracebacks are plain in both: the pretty ones print local variables, and those hold orders and secrets.
    if as_json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json), mask_line]
    console = structlog.dev.ConsoleRenderer(
        colors=out.isatty(),
        exception_formatter=structlog.dev.plain_traceback,
    )
    return [console, mask_line]


def get(name: str, **bound: object) -> FilteringBoundLogger:
    """A logger named after its module: ``log.get(__name__)``."""
    logger: FilteringBoundLogger = structlog.get_logger(module=name, **bound)
    return logger


def trace_of(error: BaseException) -> str:
    """The way that led to an error, and to its causes, the first one first, for the field ``exception``. Without their
    messages: those of Python's own errors repeat what was read, and that may be an order."""
    cause = error.__cause__ or error.__context__
    before = f"{trace_of(cause)}\n" if cause is not None else ""
    return f"{before}{''.join(traceback.format_tb(error.__traceback__))}{type(error).__name__}"
