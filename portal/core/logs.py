"""Structured logs, one JSON object a line, with nothing in them that opens or identifies."""

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, cast

import structlog

# Addresses that carry a token, and runs of digits that could be a card or bank number. A path of a
# source file in a traceback is no address.
_TOKEN_PATH = re.compile(
    r"(/(?:pay|payments|payment-plans|payment-methods/store|payment-methods|bills|trust-requests"
    r"|embed|invitations|sign-in|forgotten-password)/)"
    r"(?![a-z_]+/?[a-z_]*\.py\b)"
    r"[^/?\s\"']+"
)
_CARD_LIKE = re.compile(r"\b\d(?:[ -]?\d){8,18}\b")
_SECRET = re.compile(r"\b(?:sk|rk|whsec|ctoken)_[A-Za-z0-9_]+|_secret_[A-Za-z0-9]+")

_STRUCTLOGS_OWN = {"_record", "_from_structlog", "exc_info"}


def mask(text: str) -> str:
    """The text with tokens, secrets and card-like numbers replaced."""
    text = _TOKEN_PATH.sub(r"\1[token]", text)
    text = _SECRET.sub("[secret]", text)
    return _CARD_LIKE.sub("[number]", text)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: _masked(inner) for key, inner in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(inner) for inner in cast("Iterable[Any]", value)]
    return value if isinstance(value, int | float | None) else mask(repr(value))


def _mask_values(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    # What structlog has put there for itself stays as it is: it is no text of ours.
    return {k: v if k in _STRUCTLOGS_OWN else _masked(v) for k, v in event.items()}


def configure(*, level: int = logging.INFO) -> None:
    """Send every log line, our own and the libraries', through the mask to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask_values,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _mask_values,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("alembic", "stripe", "urllib3", "waitress.queue", "mail.log"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
