"""The demo clock of a test that has not touched it stands at zero, and need not be asked.

Business time outside of requests asks the database for the clock's offset each time it is told,
which is a fifteenth of the time of a test. Requests ask as ever.
"""

from datetime import timedelta

from flask import has_request_context
from sqlalchemy import event

from portal.core import clock, demo_clock
from portal.core.demo_clock import DemoClock

_read_offset = demo_clock.read_offset
_still = False


def _offset() -> timedelta:
    return clock.ZERO if _still and not has_request_context() else _read_offset()


def _moved(*_instance: object) -> None:
    global _still
    _still = False


def stand(still: bool) -> None:
    """Whether the database in use is new and this process alone: until its clock is touched."""
    global _still
    _still = still


def watch() -> None:
    """Notice whoever makes or reads the one row of the demo clock."""
    demo_clock.read_offset = _offset
    event.listen(DemoClock, "init", _moved)
    event.listen(DemoClock, "load", _moved)
