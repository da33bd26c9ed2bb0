"""Answering a dispute (FEATURES M7): the kit, on whose word it may be shown, sending, accepting.

Nothing reaches a bank that was not released: the client agreed, or a partner decided, and that is
kept with who recorded it, when, and a note. What is changed afterwards has to be released anew.
The processor is called by jobs, outside any transaction; wherever one dies, it runs again.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from payments.gateway.current import gateway
from payments.gateway.errors import InvalidRequest, NotFound, Unavailable
from payments.gateway.results import ProcessorAccount
from payments.transactions import dispute_kit, dispute_notices, dispute_queries
from payments.transactions.disputed import (
    DISPUTE_UNANSWERED,
    Dispute,
    DisputeFile,
    DisputeState,
    Release,
)
from payments.transactions.models import Payment
from payments.transactions.resolving import look
from portal.core import audit, clock, db, jobs, storage
from portal.core.errors import Conflict, Invalid

SEND, ACCEPT = "disputes.send", "disputes.accept"
NOTE_CHARS_MAX = 1_000
_ASK_AGAIN = timedelta(minutes=1)


def answerable(dispute: Dispute) -> bool:
    """Whether the firm may still write, release, send or accept."""
    waits = dispute.state in DISPUTE_UNANSWERED
    return waits and dispute.sent_at is None and dispute.accepted_at is None


def acceptable(dispute: Dispute) -> bool:
    """Whether the firm may give in. An inquiry has taken no money: it is ended by a refund
    (https://docs.stripe.com/disputes/how-disputes-work#inquiries)."""
    return answerable(dispute) and dispute.state == DisputeState.OPEN


def under_way(dispute: Dispute) -> bool:
    """Whether an answer was given here that the processor has not taken yet."""
    waits = dispute.state in DISPUTE_UNANSWERED
    return waits and (dispute.sent_at is not None or dispute.accepted_at is not None)


def refuse_answered(dispute: Dispute) -> None:
    """Raise `Conflict` where nothing can be answered any more."""
    if not answerable(dispute):
        raise Conflict(_("This dispute was answered, or has ended. Nothing can be changed here."))


def fingerprint(words: Mapping[str, str], files: Sequence[DisputeFile]) -> str:
    """A mark of everything that would be sent: whoever releases or sends it has seen just that."""
    whole = [dict(words), [(one.field, one.sha256) for one in files]]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:32]


def keep_kit(
    session: Session, dispute: Dispute, words: Mapping[str, str], *, expected: str, by: str
) -> bool:
    """Keep what somebody wrote into the fields; answers whether anything was changed.

    Raises `Invalid` for a text that is too long, `Conflict` where another one changed it meanwhile.
    """
    refuse_answered(dispute)
    before = dispute_kit.shown(session, dispute)
    after = {name: words.get(name, before[name]) for name in dispute_kit.TEXT_FIELDS}
    for name, text in after.items():
        if len(text) > dispute_kit.FIELD_CHARS_MAX:
            raise Invalid(_("Keep this under 20,000 characters."), name)
    if after == before:
        return False
    _refuse_changed(session, dispute, expected)
    dispute.kit = after
    changed = sorted(name for name in after if after[name] != before[name])
    unrelease(dispute)
    _record(session, dispute, "dispute.kit_changed", by, fields=changed)
    return True


def gather_anew(session: Session, dispute: Dispute, *, by: str) -> None:
    """Forget what was written, and show what the books say now."""
    refuse_answered(dispute)
    if dispute.kit:
        dispute.kit = {}
        unrelease(dispute)
        _record(session, dispute, "dispute.kit_gathered", by)


def release(
    session: Session, dispute: Dispute, on_word_of: str, note: str, *, expected: str, by: str
) -> None:
    """Record on whose word the kit may be shown to the bank, and keep it as it is shown now.

    Raises `Invalid` without a word or a note, `Conflict` where the kit was changed meanwhile.
    """
    refuse_answered(dispute)
    if on_word_of not in set(Release):
        raise Invalid(_("Choose on whose word this may be shown to the bank."), "release")
    if not note:
        raise Invalid(_("Say who decided this, when and how. The note is kept."), "note")
    if len(note) > NOTE_CHARS_MAX:
        raise Invalid(_("Keep the note under 1,000 characters."), "note")
    _refuse_changed(session, dispute, expected)
    dispute.kit = dispute_kit.shown(session, dispute)
    dispute.release, dispute.release_note = on_word_of, note
    dispute.released_by, dispute.released_at = by, clock.now()
    _record(session, dispute, "dispute.released", by, release=on_word_of, note=note)


def send(session: Session, dispute: Dispute, *, expected: str, by: str) -> None:
    """Have the kit sent to the bank, once and for good.

    Raises `Conflict` where it is not released, or was changed since it was shown.
    """
    refuse_answered(dispute)
    if dispute.release is None:
        raise Conflict(_("Record on whose word it may be shown before it is sent."))
    _refuse_changed(session, dispute, expected)
    dispute.sent_at, dispute.sent_by = clock.now(), by
    _record(session, dispute, "dispute.sent", by)
    dispute_notices.answered(session, dispute)
    jobs.enqueue(session, SEND, dispute_id=dispute.id)


def accept(session: Session, dispute: Dispute, *, by: str) -> None:
    """Give in: the money stays with the payer. Nothing of the kit is sent. Raises `Conflict` for an
    inquiry, and for what was answered or has ended."""
    refuse_answered(dispute)
    if not acceptable(dispute):
        raise Conflict(
            _("An inquiry cannot be accepted. To give in, refund the payment; else answer it.")
        )
    dispute.accepted_at, dispute.accepted_by = clock.now(), by
    _record(session, dispute, "dispute.accepted", by)
    dispute_notices.answered(session, dispute)
    jobs.enqueue(session, ACCEPT, dispute_id=dispute.id)


@jobs.handler(SEND)
def send_evidence(dispute_id: int) -> None:
    """Hand the files over, send the answer, and look at what the processor shows then.

    Its idempotency key is the moment of sending: an answer that was lost is given once, and one
    that was refused and mended is a new one.
    """
    dispute, payment, files = _read(dispute_id)
    if dispute.sent_at is None or not under_way(dispute):
        return
    account = ProcessorAccount(payment.bank_account.processor_account)
    once = f"{dispute.public_id}:{int(dispute.sent_at.timestamp() * 1_000)}"

    def answer() -> None:
        ids = {one.field: one.file_id or _upload(account, one) for one in files}
        evidence = dispute_kit.evidence(dispute, ids)
        gateway().answer_dispute(account, dispute.dispute_id, evidence, once=once)

    _carry_out(dispute, payment, answer)


@jobs.handler(ACCEPT)
def accept_dispute(dispute_id: int) -> None:
    """Tell the processor that the firm gives in, and look at what it shows then."""
    dispute, payment, _files = _read(dispute_id)
    if dispute.accepted_at is None or not under_way(dispute):
        return
    account = ProcessorAccount(payment.bank_account.processor_account)

    def give_in() -> None:
        gateway().accept_dispute(account, dispute.dispute_id)

    _carry_out(dispute, payment, give_in)


def _read(dispute_id: int) -> tuple[Dispute, Payment, list[DisputeFile]]:
    with db.read() as session:
        dispute = session.get_one(Dispute, dispute_id)
        payment = session.get_one(Payment, dispute.payment_id)
        return dispute, payment, list(dispute_queries.files(session, dispute_id))


def _upload(account: ProcessorAccount, file: DisputeFile) -> str:
    """Hand one file over, under a name of ours: its own may name a client or a matter."""
    content = storage.fetch(file.stored_as)
    file_id = gateway().upload_evidence(
        account, name=file.field, media_type=file.media_type, content=content
    )
    with db.transaction() as session:
        session.get_one(DisputeFile, file.id).file_id = file_id
    return file_id


def _carry_out(dispute: Dispute, payment: Payment, answer: Callable[[], None]) -> None:
    refusal = ""
    try:
        answer()
    except Unavailable as unavailable:
        raise jobs.Again(clock.now() + _ASK_AGAIN) from unavailable
    except (InvalidRequest, NotFound) as refused:
        refusal = str(refused)
    try:
        look(payment.id, "job")
    except Unavailable as unavailable:
        raise jobs.Again(clock.now() + _ASK_AGAIN) from unavailable
    if refusal:
        _take_back(dispute.id, refusal)


def _take_back(dispute_id: int, refusal: str) -> None:
    """The processor refused it, and the dispute still waits: somebody has to try otherwise."""
    with db.transaction() as session:
        dispute = session.get_one(Dispute, dispute_id, with_for_update=True)
        if not under_way(dispute):
            return  # it was answered or had ended after all
        dispute.sent_at = dispute.sent_by = dispute.accepted_at = dispute.accepted_by = None
        _record(session, dispute, "dispute.answer_refused", "processor", refusal=refusal[:500])
        dispute_notices.refused(session, dispute)


def unrelease(dispute: Dispute) -> None:
    """Something of what would be sent has changed: it has to be released anew."""
    dispute.release = dispute.released_by = dispute.released_at = None
    dispute.release_note = ""


def _refuse_changed(session: Session, dispute: Dispute, expected: str) -> None:
    words = dispute_kit.shown(session, dispute)
    if fingerprint(words, dispute_queries.files(session, dispute.id)) != expected:
        raise Conflict(_("What is to be sent has changed since you opened it. Look at it again."))


def _record(session: Session, dispute: Dispute, action: str, by: str, **detail: object) -> None:
    audit.record(session, by, action, dispute_notices.subject(dispute), **detail)
