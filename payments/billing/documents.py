"""What a bill and a trust request say, in the reader's language (FEATURES D1, D2, B3)."""

import re
from collections.abc import Sequence
from itertools import groupby
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from payments.billing import paper
from payments.billing.models import UNISSUED, Bill, BillLine, BillStatus, BillTax
from payments.billing.paper import Column, Document, Fact, Group, Note, Pay, Section, Stamp
from payments.billing.requested import TrustRequest
from payments.billing.sheets import Sheet, client_as_reader, matter_words, sheet
from portal.clients.models import Matter
from portal.web.reading import read_in

# Hundreds of empty lines would draw a bill of hundreds of pages.
_MANY_BREAKS = re.compile(r"\n(?:[^\S\n]*\n){2,}")


def bill_document(session: Session, bill: Bill, *, language: str, pay_url: str | None) -> Document:
    """A bill as its client reads it, with where to pay it while anything is left to pay.

    It says neither why a bill was voided nor who wrote it: that is the firm's own.
    """
    blank = sheet(session, language=language, currency=bill.currency)
    with read_in(language):
        return _bill(session, bill, blank, pay_url)


def _bill(session: Session, bill: Bill, blank: Sheet, pay_url: str | None) -> Document:
    lines = session.scalars(
        select(BillLine)
        .where(BillLine.bill_id == bill.id)
        .options(joinedload(BillLine.matter))
        .order_by(BillLine.position)
    ).all()
    title = _("Bill %(number)s", number=bill.number) if bill.number else _("Draft bill")
    due = _left_cents(bill)
    stamp = _stamp(bill, blank)
    return Document(
        title=title,
        filename=f"Bill-{bill.number}.pdf" if bill.number else "Bill-draft.pdf",
        language=blank.language,
        paper=blank.paper,
        firm=blank.firm,
        reader=client_as_reader(session, bill.client_id, blank, _("Billed to")),
        facts=_bill_facts(bill, lines, blank),
        figure=Fact(_("Amount due") if bill.number else _("Total"), blank.formats.money(due)),
        stamp=stamp,
        sections=(
            Section(
                columns=_bill_columns(),
                groups=tuple(_bill_groups(lines, blank)),
                totals=tuple(_bill_totals(session, bill, blank)),
                empty=_("This bill has no lines yet."),
            ),
        ),
        pay=_pay(_("Pay this bill online"), pay_url) if _payable(bill, due) else None,
        notes=_notes(bill.note, blank),
        closing=blank.closing,
        foot=blank.foot(title),
        page_words=paper.page_words(),
    )


def _left_cents(bill: Bill) -> int:
    """What is left to pay: a payment under way has its part already (FEATURES M9)."""
    if bill.number is None:
        return bill.total_cents
    return max(0, bill.balance.cents - bill.reserved_cents)


def _payable(one: Bill | TrustRequest, left_cents: int) -> bool:
    return one.status == BillStatus.AWAITING_PAYMENT and left_cents > 0


def _bill_facts(bill: Bill, lines: Sequence[BillLine], blank: Sheet) -> tuple[Fact, ...]:
    matters = {line.matter_id: line.matter for line in lines}
    facts = [
        Fact(_("Issued"), blank.formats.day(bill.issued_on)) if bill.issued_on else None,
        Fact(_("Due"), blank.formats.day(bill.due_on)) if bill.due_on else None,
    ]
    if len(matters) == 1:
        only = next(iter(matters.values()))
        facts.append(Fact(_("Matter"), matter_words(only.number, only.name)))
    return tuple(fact for fact in facts if fact is not None)


def _bill_columns() -> tuple[Column, ...]:
    return (
        Column(_("Date"), "day"),
        Column(_("Description"), "words"),
        Column(_("Quantity"), "figure"),
        Column(_("Rate"), "figure"),
        Column(_("Amount"), "figure"),
    )


def _bill_groups(lines: Sequence[BillLine], blank: Sheet) -> list[Group]:
    several = len({line.matter_id for line in lines}) > 1
    groups: list[Group] = []
    for _matter_id, own in groupby(lines, key=lambda line: line.matter_id):
        of_matter = list(own)
        rows = tuple(_line(line, blank) for line in of_matter)
        if several:
            matter = of_matter[0].matter
            cents = sum(line.amount_cents for line in of_matter)
            title = matter_words(matter.number, matter.name)
            groups.append(Group(rows, title, blank.formats.money(cents)))
        else:
            groups.append(Group(rows))
    return groups


def _line(line: BillLine, blank: Sheet) -> tuple[str, ...]:
    formats = blank.formats
    return (
        formats.short_day(line.worked_on),
        _MANY_BREAKS.sub("\n\n", line.description),
        formats.quantity(line.quantity_thousandths),
        formats.money(line.rate_cents),
        formats.money(line.amount_cents),
    )


def _bill_totals(session: Session, bill: Bill, blank: Sheet) -> list[Fact]:
    formats = blank.formats
    taxes = session.scalars(
        select(BillTax).where(BillTax.bill_id == bill.id).order_by(BillTax.position)
    ).all()
    totals: list[Fact] = []
    if bill.discount_cents or taxes:
        totals.append(Fact(_("Subtotal"), formats.money(bill.subtotal_cents)))
    if bill.discount_cents:
        totals.append(Fact(_discount_words(bill, blank), formats.money(-bill.discount_cents)))
    for tax in taxes:
        label = f"{tax.label} ({formats.percent(tax.percent_thousandths)})"
        totals.append(Fact(label, formats.money(tax.cents)))
    totals.append(Fact(_("Total"), formats.money(bill.total_cents), strong=True))
    return totals + _paid_so_far(bill.applied_cents, bill.reserved_cents, _left_cents(bill), blank)


def _discount_words(bill: Bill, blank: Sheet) -> str:
    if not bill.discount_percent_thousandths:
        return _("Discount")
    share = blank.formats.percent(bill.discount_percent_thousandths)
    return _("Discount (%(share)s)", share=share)


def _paid_so_far(paid_cents: int, reserved_cents: int, left_cents: int, blank: Sheet) -> list[Fact]:
    money = blank.formats.money
    paid = [Fact(_("Paid"), money(-paid_cents))] if paid_cents else []
    if reserved_cents:
        paid.append(Fact(_("Payment under way"), money(-reserved_cents)))
    return [*paid, Fact(_("Amount due"), money(left_cents), strong=True)] if paid else []


def _stamp(one: Bill | TrustRequest, blank: Sheet) -> Stamp | None:
    """In words what became of a bill or trust request; none while it is simply to be paid."""
    if one.status in UNISSUED:
        return Stamp(_("Draft"), _("This is a draft. It can still change and cannot be paid."))
    if one.status == BillStatus.PAID:
        return Stamp(_("Paid"), _("This is paid in full. Thank you."))
    if one.status == BillStatus.VOID and one.voided_at is not None:
        day = one.voided_at.astimezone(ZoneInfo(blank.face.timezone)).date()
        withdrawn = _("This was withdrawn on %(day)s. Do not pay it.", day=blank.formats.day(day))
        return Stamp(_("Void"), withdrawn)
    return None


def _pay(heading: str, url: str | None) -> Pay | None:
    if url is None:
        return None
    return Pay(
        heading=heading,
        sentence=_("Scan the code with your phone’s camera, or go to:"),
        url=url,
        alt=_("QR code of %(url)s", url=url),
    )


def _notes(note: str, blank: Sheet) -> tuple[Note, ...]:
    words = note.strip()
    return (Note(_("A note from %(firm)s", firm=blank.face.short_name), words),) if words else ()


def trust_request_document(
    session: Session, trust_request: TrustRequest, *, language: str, pay_url: str | None
) -> Document:
    """A trust request as its client reads it: what to pay into trust, and that it stays theirs."""
    blank = sheet(session, language=language, currency=trust_request.currency)
    with read_in(language):
        return _trust_request(session, trust_request, blank, pay_url)


def _trust_request(
    session: Session, asked: TrustRequest, blank: Sheet, pay_url: str | None
) -> Document:
    number = asked.number
    title = _("Trust request %(number)s", number=number) if number else _("Draft trust request")
    left = max(0, asked.balance.cents - asked.reserved_cents)
    return Document(
        title=title,
        filename=f"Trust-request-{number}.pdf" if number else "Trust-request-draft.pdf",
        language=blank.language,
        paper=blank.paper,
        firm=blank.firm,
        reader=client_as_reader(session, asked.client_id, blank, _("For")),
        facts=_trust_facts(session, asked, blank),
        figure=Fact(_("Amount due") if number else _("Amount"), blank.formats.money(left)),
        stamp=_stamp(asked, blank),
        lead=_trust_words(asked, blank),
        sections=(Section(totals=tuple(_trust_totals(asked, left, blank))),),
        pay=_pay(_("Pay into trust online"), pay_url) if _payable(asked, left) else None,
        notes=_notes(asked.note, blank),
        closing=blank.closing,
        foot=blank.foot(title),
        page_words=paper.page_words(),
    )


def _trust_words(asked: TrustRequest, blank: Sheet) -> tuple[str, ...]:
    if asked.status == BillStatus.VOID:
        return ()
    return (
        _(
            "This asks you to pay money into the trust account of %(firm)s. It is not a bill. The "
            "money stays yours: it is held for you, apart from the firm’s own money.",
            firm=blank.face.legal_name,
        ),
    )


def _trust_facts(session: Session, asked: TrustRequest, blank: Sheet) -> tuple[Fact, ...]:
    facts = [Fact(_("Issued"), blank.formats.day(asked.issued_on))] if asked.issued_on else []
    facts.append(Fact(_("Due"), blank.formats.day(asked.due_on)))
    if asked.matter_id is not None:
        matter = session.get_one(Matter, asked.matter_id)
        facts.append(Fact(_("Matter"), matter_words(matter.number, matter.name)))
    return tuple(facts)


def _trust_totals(asked: TrustRequest, left_cents: int, blank: Sheet) -> list[Fact]:
    money = blank.formats.money
    totals = [Fact(_("Amount requested"), money(asked.amount_cents), strong=True)]
    return totals + _paid_so_far(asked.paid_cents, asked.reserved_cents, left_cents, blank)
