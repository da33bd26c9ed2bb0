"""Whether the activity log is as it was sealed (`flask check-log`, decision 0006).

Reads the whole log in steps, so that a log of any length needs the same memory.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, TextClause, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.core import clock, sealing
from portal.core.audit import AuditEntry, AuditSeal
from portal.core.sealing import START, STORED, BrokenChain, Head, as_text

STEP_LINES = 1_000
SEALED_WITHIN = timedelta(minutes=10)
LOWEST, HIGHEST = -(2**63), 2**63 - 1

_HASH = {
    "sqlite": "typeof(s.hash) AS hash_kind, CAST(s.hash AS BLOB) AS hash",
    "postgresql": "'text' AS hash_kind, s.hash",
}
_SEALS: dict[str, TextClause] = {
    kind: text(
        f"SELECT s.position, s.entry_id, {_HASH[kind]}, {stored} FROM audit_seal s "  # noqa: S608 - all of it ours
        "LEFT JOIN audit_entry e ON e.id = s.entry_id "
        "WHERE s.position >= :first ORDER BY s.position LIMIT :room"
    )
    for kind, stored in STORED.items()
}


@dataclass(slots=True)
class Checked:
    """What was found. `findings` are sentences, the first wrong line first; empty, all is well.

    `only_the_key`: every line fits, and only the head was not written with this SECRET_KEY.
    """

    lines: int = 0
    head: Head = START
    wrong: int = 0
    findings: list[str] = field(default_factory=list[str])
    only_the_key: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether the log is as it was sealed."""
        return not self.findings


def check_log(session: Session, secret_key: str, at_least: Head | None = None) -> Checked:
    """Hold every line of the log against its seal, and the end of the chain against its head.

    `at_least` is a head that was kept elsewhere: the log must still contain it. Raises nothing
    for a log that was altered, however badly: what the database refuses to read is a finding.
    """
    checked = Checked()
    try:
        known = _walk(session, checked, at_least)
        if checked.wrong > 1:
            checked.findings.append(f"Counting this one, {checked.wrong} lines do not fit.")
        _check_end(session, checked, secret_key)
        if at_least is not None:
            _check_known(checked, at_least, known)
        _check_unsealed(session, checked)
    except DBAPIError as refused:
        checked.findings.append(
            f"After position {checked.head.position} the database could not read the log: "
            f"{refused.orig}"
        )
    return checked


def _walk(session: Session, checked: Checked, at_least: Head | None) -> str | None:
    """Hold each line against its seal; answers the hash at the position of `at_least`."""
    known = START.hash if at_least == START else None
    for seal in _seals_in_order(session):
        stored = as_text(seal.hash)
        wrong = _wrong(checked.head, seal, stored)
        if wrong is not None:
            checked.wrong += 1
            if checked.wrong == 1:
                checked.findings.append(wrong)
        # Go on from what is stored: one altered line is then one line that does not fit.
        checked.head = Head(seal.position, stored)
        if at_least is not None and seal.position == at_least.position:
            known = stored
    return known


def _seals_in_order(session: Session) -> Iterator[Row[Any]]:
    statement, first = _SEALS[session.get_bind().dialect.name], LOWEST
    while True:
        rows = session.execute(statement, {"first": first, "room": STEP_LINES}).all()
        yield from rows
        if len(rows) < STEP_LINES or rows[-1].position == HIGHEST:
            return
        first = rows[-1].position + 1


def _wrong(before: Head, seal: Row[Any], stored: str) -> str | None:
    expected = before.position + 1
    if seal.position != expected:
        return f"Position {expected} is missing: after {before.position} comes {seal.position}."
    if seal.id is None:
        return f"Position {seal.position} seals line {seal.entry_id}, and that line is gone."
    fits = stored == sealing.sealed_hash(before.hash, seal.position, seal)
    if fits and seal.hash_kind == "text":
        return None
    return (
        f"Position {seal.position}, line {seal.id}, written at {_shown(seal.at)} (UTC) by "
        f"{_shown(seal.actor)}: what is stored is not what was sealed."
    )


def _shown(stored: str | bytes) -> str:
    text_of_it = stored if isinstance(stored, str) else stored.decode("utf-8", "replace")
    return text_of_it.strip('"')


def _check_end(session: Session, checked: Checked, secret_key: str) -> None:
    try:
        sealing.head_to_go_on_from(session, secret_key)
    except BrokenChain as broken:
        checked.only_the_key = broken.only_the_key and checked.is_whole
        checked.findings.append(f"{broken}{WHAT_THEN if checked.only_the_key else ''}")


WHAT_THEN = (
    " Every line fits the one before it. If SECRET_KEY was changed, sign the head again: "
    "flask check-log --sign-again. If it was not, somebody has rewritten the log."
)


def _check_known(checked: Checked, at_least: Head, known: str | None) -> None:
    if known is None:
        checked.findings.append(
            f"The log ends at position {checked.head.position}, but it was once sealed up to "
            f"{at_least.position}: its end was cut off, or the database was put back."
        )
    elif not hmac.compare_digest(known.encode(), at_least.hash.encode()):
        checked.findings.append(
            f"Position {at_least.position} has another hash than the one that was kept: the log "
            "was rewritten."
        )


def _check_unsealed(session: Session, checked: Checked) -> None:
    """Lines without a seal are new, or came in unseen (FEATURES X9)."""
    checked.lines = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    sealed = select(AuditSeal.entry_id).where(AuditSeal.entry_id == AuditEntry.id).exists()
    old = AuditEntry.at < clock.now() - SEALED_WITHIN
    if session.get_bind().dialect.name == "sqlite":
        old |= AuditEntry.id < select(func.max(AuditSeal.entry_id)).scalar_subquery()
    count, first = session.execute(
        select(func.count(), func.min(AuditEntry.id)).where(~sealed, old)
    ).one()
    if count:
        checked.findings.append(
            f"{count} {'line was' if count == 1 else 'lines were'} not sealed in time, the first "
            f"being line {first}. They came in unseen, or the worker does not run."
        )


def moment_of(session: Session, head: Head) -> datetime | None:
    """When the last sealed line was written; None while nothing is sealed."""
    return session.scalar(
        select(AuditEntry.at)
        .join(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .where(AuditSeal.position == head.position)
    )
