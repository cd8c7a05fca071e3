"""One log, structured: text on a terminal, JSON elsewhere. Never a mail's body, never a secret;
what looks like the number of a card, an account or a telephone is zeros.

A command that ends by itself has no log where none is asked for: what it warns of is a sentence."""

import logging
import sys
import time
from contextlib import suppress
from typing import Literal

import psycopg
import structlog

from buzon.mail.masking import mask

QUIET = {
    "procrastinate": logging.WARNING,
    "psycopg.pool": logging.WARNING,
    "yoyo": logging.WARNING,
    "mail": logging.WARNING,  # aiosmtpd
    "imapclient": logging.WARNING,
    "httpx2": logging.WARNING,  # tells each address, which may be what lets one in there
    "uvicorn": logging.WARNING,
    "uvicorn.access": logging.WARNING,
    "asyncio": logging.WARNING,
}
REPEAT_SECONDS = 60.0
OF_A_LOG = {"level", "logger", "timestamp"}  # which a sentence does without


def configure(log_format: Literal["auto", "json", "text"], *, service: bool) -> None:
    """Send our own and the libraries' log to standard error. Ours doesn't go by the standard
    library's: in a burst of mails that was a tenth of all work."""
    in_sentences = log_format == "auto" and not service
    text = log_format == "text" or (log_format == "auto" and sys.stderr.isatty())
    level = logging.WARNING if in_sentences else logging.INFO
    first: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
    ]
    then: list[structlog.typing.Processor] = [
        structlog.processors.format_exc_info,
        _masked,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _sentence if in_sentences else _renderer(text),
    ]
    structlog.configure(
        processors=[*first, *then],
        logger_factory=lambda *_: _Lines(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*first, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *then],
        )
    )
    handler.addFilter(Repeats())
    # Nothing that we write tells them, and finding them out is dear.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, most in QUIET.items():
        logging.getLogger(name).setLevel(most)


class _Lines(structlog.WriteLogger):
    """A log that can't be written stops nothing: not of a full disk, nor of a reader gone away."""

    def msg(self, message: str) -> None:
        with suppress(OSError, ValueError):
            super().msg(message)

    log = debug = info = warning = error = critical = exception = msg


def _masked(
    _logger: structlog.typing.WrappedLogger, _method: str, said: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {name: mask(each) if isinstance(each, str) else each for name, each in said.items()}


def _renderer(text: bool) -> structlog.typing.Processor:
    if text:
        # Tracebacks without local variables, which may hold a mail or a password.
        plain = structlog.dev.plain_traceback
        return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    return structlog.processors.JSONRenderer()


def _sentence(
    _logger: structlog.typing.WrappedLogger, _method: str, said: structlog.typing.EventDict
) -> str:
    told = {name: value for name, value in said.items() if name not in OF_A_LOG}
    what, why, traceback = (str(told.pop(name, "")) for name in ("event", "why", "exception"))
    more = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in told.items())
    sentence = f"buzon: {what}{why and f': {why}'}{more and f' ({more})'}"
    return "\n".join(filter(None, (sentence, traceback)))


class Repeats(logging.Filter):
    """What a library says again and again while something is away is written once a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in {name.partition(".")[0] for name in QUIET}:
            return True
        now = time.monotonic()
        about = (record.name, str(record.msg)[:60])
        if now - self._said.get(about, -REPEAT_SECONDS) < REPEAT_SECONDS:
            return False
        self._said[about] = now
        _shorten(record)
        return True


def _shorten(record: logging.LogRecord) -> None:
    """A database that is away is no fault of the program: the reason, and no traceback."""
    error = record.exc_info[1] if record.exc_info else None
    while error is not None and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, psycopg.OperationalError):
        reason = str(error).partition("\n")[0]
        record.msg, record.args = f"{' '.join(record.getMessage().split())}: {reason}", ()
        record.exc_info = record.exc_text = None
