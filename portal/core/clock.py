"""Two clocks. `now()` is business time, `wall_time()` is the clock on the wall.

Business time adds the demo clock's offset, which only exists in sandbox mode; settlement, windows,
invitations and due dates follow it. Sessions, one-time codes, form tokens, webhook signatures,
leases and limits follow the wall, so that advancing the demo clock signs nobody out.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ZERO = timedelta(0)

_offset: ContextVar[timedelta | None] = ContextVar("business_clock_offset", default=None)
_lock = threading.Lock()
_source: Callable[[], timedelta] | None = None


def wall_time() -> datetime:
    """The real time, aware, in UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Business time, aware, in UTC: the wall clock plus the demo clock's offset."""
    return wall_time() + offset()


def today(timezone: str) -> date:
    """The calendar day in this zone, by business time."""
    return now().astimezone(ZoneInfo(timezone)).date()


def offset() -> timedelta:
    """How far the demo clock stands ahead. Zero outside the sandbox."""
    cached = _offset.get()
    if cached is not None:
        return cached
    return _source() if _source is not None else ZERO


def use_offset_from(source: Callable[[], timedelta] | None) -> None:
    """Name where the demo clock's offset is kept; None (production) means that there is none."""
    global _source
    with _lock:
        _source = source


def read_offset() -> timedelta:
    """Read the offset once for the request that begins now; `now()` is then three microseconds."""
    value = _source() if _source is not None else ZERO
    _offset.set(value)
    return value


@contextmanager
def one_reading() -> Generator[None]:
    """Hold one reading of the offset for the length of a job."""
    token = _offset.set(_source() if _source is not None else ZERO)
    try:
        yield
    finally:
        _offset.reset(token)


def forget_offset() -> None:
    """Read the offset afresh from here on: the demo clock was just advanced in this request."""
    _offset.set(None)
