"""What the receipt of one payment says, in the payer's language (FEATURES P6, M12, B3)."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from payments.billing import paper
from payments.billing.paper import Column, Document, Fact, Group, Reader, Section, Stamp
from payments.billing.sheets import Sheet, sheet
from portal.web.reading import read_in


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What is known of a payment where its receipt is asked for. Amounts are cents.

    `paid` names the bills that it paid, by number, and the cents of each. `completed`: the money
    has arrived; before that the document says that it is on its way. `third_party`: the payer is
    not the client, so no bill stands on the receipt (FEATURES M12). Of it `refunded_cents` were
    given back; `disputed`: the payer's bank has taken it, or asks for it (M6, M7).
    """

    reference: str
    amount_cents: int
    currency: str
    paid_on: date
    method_label: str
    payer_name: str
    account_label: str
    paid: tuple[tuple[int, int], ...] = ()
    refunded_cents: int = 0
    trust: bool = False
    completed: bool = True
    third_party: bool = False
    disputed: bool = False


def payment_receipt_document(session: Session, facts: ReceiptFacts, *, language: str) -> Document:
    """The receipt of one payment. It names no matter, whoever reads it."""
    blank = sheet(session, language=language, currency=facts.currency)
    with read_in(language):
        return _receipt(facts, blank)


def _receipt(facts: ReceiptFacts, blank: Sheet) -> Document:
    money = blank.formats.money
    title = _("Receipt")
    return Document(
        title=title,
        filename=f"Receipt-{facts.reference}.pdf",
        language=blank.language,
        paper=blank.paper,
        firm=blank.firm,
        reader=Reader(_("Paid by"), facts.payer_name),
        facts=(
            Fact(_("Reference"), facts.reference),
            Fact(_("Date"), blank.formats.day(facts.paid_on)),
            Fact(_("Paid with"), facts.method_label),
            Fact(_("Paid to"), facts.account_label),
        ),
        figure=Fact(_("Amount paid"), money(facts.amount_cents)),
        stamp=_stamp(facts),
        lead=_words(facts, blank),
        sections=_sections(facts, blank),
        closing=blank.closing,
        foot=blank.foot(f"{title} {facts.reference}"),
        page_words=paper.page_words(),
    )


def _stamp(facts: ReceiptFacts) -> Stamp:
    if not facts.completed:
        return Stamp(
            _("Processing"),
            _("We have your payment. The money is on its way from your bank."),
        )
    if facts.refunded_cents >= facts.amount_cents:
        return Stamp(_("Refunded"), _("This payment was given back in full."))
    if facts.disputed:
        return Stamp(
            _("Disputed"), _("The payer’s bank has taken this payment back, or asks about it.")
        )
    if facts.refunded_cents:
        return Stamp(_("Partly refunded"), _("Part of this payment was given back."))
    return Stamp(_("Paid"), _("Thank you for your payment."))


def _words(facts: ReceiptFacts, blank: Sheet) -> tuple[str, ...]:
    if not facts.trust or facts.disputed or facts.refunded_cents:
        return ()
    if not facts.completed:
        return (
            _(
                "When the payment is complete, the money is held for you in the firm's trust "
                "account."
            ),
        )
    return (
        _(
            "This money was paid into the trust account of %(firm)s. It is held there, apart from "
            "the firm’s own money.",
            firm=blank.face.legal_name,
        ),
    )


def _sections(facts: ReceiptFacts, blank: Sheet) -> tuple[Section, ...]:
    money = blank.formats.money
    paid = () if facts.third_party else facts.paid
    rows = tuple((_("Bill %(number)s", number=number), money(cents)) for number, cents in paid)
    totals = [Fact(_("Amount paid"), money(facts.amount_cents), strong=True)]
    if facts.refunded_cents:
        totals.append(Fact(_("Refunded"), money(-facts.refunded_cents)))
    columns = (Column(_("Paid with this payment"), "words"), Column(_("Amount"), "figure"))
    if not rows:
        return (Section(totals=tuple(totals)),)
    return (Section(columns=columns, groups=(Group(rows),), totals=tuple(totals)),)
