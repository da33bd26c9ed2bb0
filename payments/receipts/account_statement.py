"""A client's statement: what was billed, paid and held in trust over a period (FEATURES M10)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from payments.accounts.models import AccountKind
from payments.accounts.queries import bank_accounts
from payments.billing import paper
from payments.billing.models import Bill
from payments.billing.paper import Column, Document, Fact, Group, Section
from payments.billing.sheets import Sheet, client_as_reader, sheet
from payments.receipts import movements, statement, telling
from payments.receipts.holds import Portion, echecks
from payments.receipts.models import Receipt, ReceiptSource
from payments.receipts.movements import BILLS, Move, Standing, Whose
from payments.receipts.statement import Movement
from payments.receipts.telling import Named
from portal.core.errors import Invalid
from portal.web.reading import read_in

MOVEMENTS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both included, where the firm is."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the ledger over a period, oldest first, and where it stood at both ends."""

    rows: Sequence[Movement]
    opening: Standing
    closing: Standing


NOTHING = Part((), Standing(), Standing())


def statement_document(
    session: Session, whose: Whose, period: Period, *, language: str, currency: str
) -> Document:
    """The statement of one client for a period, as its reader sees it.

    Trust money stands apart: it is held for the client and owes nothing (FEATURES M3). Raises
    `Invalid` beside the first day where more was booked since than a statement can hold.
    """
    blank = sheet(session, language=language, currency=currency)
    parts = _parts(session, whose, period, blank)
    with read_in(language):
        due = _net(parts.get(BILLS, NOTHING).closing)
        partial = movements.something_closed(session, whose)
        return Document(
            title=_("Statement"),
            filename=f"Statement-{period.last.isoformat()}.pdf",
            language=language,
            paper=blank.paper,
            firm=blank.firm,
            reader=client_as_reader(session, whose.client_id, blank, _("For")),
            facts=(
                Fact(_("From"), blank.formats.day(period.first)),
                Fact(_("To"), blank.formats.day(period.last)),
            ),
            figure=Fact(_("Balance due") if due >= 0 else _("Credit"), _money(abs(due), blank)),
            lead=(_("Some matters are not on this statement."),) if partial else (),
            sections=_sections(session, whose, period, parts, blank),
            closing=f"{_by_day_of_booking()} {blank.closing}".strip(),
            foot=blank.foot(_("Statement")),
            page_words=paper.page_words(),
        )


def _by_day_of_booking() -> str:
    return _("What is listed here stands on the day on which it was booked.")


def _sections(
    session: Session, whose: Whose, period: Period, parts: Mapping[int, Part], blank: Sheet
) -> tuple[Section, ...]:
    """Bills and payments, then each trust account that ever held something of this client's."""
    on_hold = _on_hold(session, whose, period, blank)
    moves = [row.move for part in parts.values() for row in part.rows]
    known = telling.named(session, moves, whose.closed)
    trust = [
        _of_trust(parts[account.id], account.public_label, known, blank, on_hold[account.id])
        for account in bank_accounts(session)
        if account.kind == AccountKind.TRUST and account.id in parts
    ]
    return (_of_bills(parts.get(BILLS, NOTHING), known, blank), *trust)


def _on_hold(
    session: Session, whose: Whose, period: Period, blank: Sheet
) -> dict[int, list[Portion]]:
    """What is on hold in each trust account (FEATURES M8), on a statement that reaches to today."""
    found: dict[int, list[Portion]] = defaultdict(list)
    today = blank.face.today
    if period.last >= today:
        for portion in echecks(session, whose.client_id, today, closed=whose.closed).on_hold:
            found[portion.ledger[0]].append(portion)
    return found


def _parts(session: Session, whose: Whose, period: Period, blank: Sheet) -> dict[int, Part]:
    pages = statement.pages(session, whose, size=MOVEMENTS_MAX)
    zone = ZoneInfo(blank.face.timezone)
    if any(page.older_than is not None for page in pages.values()):
        oldest = max(page.rows[-1].move.at for page in pages.values() if page.older_than)
        if oldest.astimezone(zone).date() >= period.first:
            raise Invalid(_("Too much was booked since then. Choose a later first day."), "from")
    return {section: _part(page.rows, period, zone) for section, page in pages.items()}


def _part(newest_first: Sequence[Movement], period: Period, zone: ZoneInfo) -> Part:
    """Balances are known after each movement: those before a period are what the last one left."""
    opening = newest_first[-1].after - newest_first[-1].move.change
    rows: list[Movement] = []
    for row in reversed(newest_first):
        day = row.move.at.astimezone(zone).date()
        if day < period.first:
            opening = row.after
        elif day <= period.last:
            rows.append(row)
    return Part(rows, opening, rows[-1].after if rows else opening)


def _net(at: Standing) -> int:
    """What is owed less what was paid ahead, in cents."""
    return at.owed_cents - at.credit_cents


def _money(cents: int, blank: Sheet) -> str:
    return blank.formats.money(cents)


def _of_bills(part: Part, known: Named, blank: Sheet) -> Section:
    # Applying a payment to a bill moves nothing between client and firm: it is no line here.
    moved = [row for row in part.rows if _net(row.move.change)]
    rows = tuple(_row(row, _net(row.move.change), _net(row.after), known, blank) for row in moved)
    return Section(
        heading=_("Bills and payments"),
        columns=_columns(_("Billed"), _("Paid")),
        groups=(Group(rows),) if rows else (),
        empty=_("Nothing was billed or paid in this time."),
        totals=_ends(_net(part.opening), _net(part.closing), blank),
    )


def _of_trust(
    part: Part, account: str, known: Named, blank: Sheet, on_hold: Sequence[Portion]
) -> Section:
    rows = tuple(
        _row(row, row.move.change.held_cents, row.after.held_cents, known, blank)
        for row in part.rows
        if row.move.change.held_cents
    )
    return Section(
        heading=_("Held in trust: %(account)s", account=account),
        columns=_columns(_("Received"), _("Paid out")),
        groups=(Group(rows),) if rows else (),
        empty=_("Nothing was received or paid out in this time."),
        totals=(
            *_ends(part.opening.held_cents, part.closing.held_cents, blank),
            *(_held(portion, blank) for portion in on_hold),
        ),
    )


def _columns(more: str, less: str) -> tuple[Column, ...]:
    return (
        Column(_("Date"), "day"),
        Column(_("Description"), "words"),
        Column(more, "figure"),
        Column(less, "figure"),
        Column(_("Balance"), "figure"),
    )


def _ends(opening_cents: int, closing_cents: int, blank: Sheet) -> tuple[Fact, ...]:
    return (
        Fact(_("Opening balance"), _money(opening_cents, blank)),
        Fact(_("Closing balance"), _money(closing_cents, blank), strong=True),
    )


def _held(portion: Portion, blank: Sheet) -> Fact:
    free = portion.until.astimezone(ZoneInfo(blank.face.timezone)).date()
    words = _("Of this on hold until %(day)s", day=blank.formats.day(free))
    return Fact(words, _money(portion.cents, blank))


def _row(row: Movement, cents: int, after: int, known: Named, blank: Sheet) -> tuple[str, ...]:
    move = row.move
    day = move.at.astimezone(ZoneInfo(blank.face.timezone)).date()
    matter = known.matters.get(move.matter_id, "") if move.matter_id is not None else ""
    words = _words(move, known, day, blank)
    return (
        blank.formats.short_day(day),
        f"{words}\n{matter}" if matter else words,
        _money(cents, blank) if cents > 0 else "",
        _money(-cents, blank) if cents < 0 else "",
        _money(after, blank),
    )


def _words(move: Move, known: Named, day: date, blank: Sheet) -> str:
    """One movement in words for the client: who at the firm did it and why is not their concern."""
    bill = known.bills.get(move.bill_id) if move.bill_id is not None else None
    if bill is not None:
        told = {
            "bill_issued": _issued(bill, day, blank),
            "bill_voided": _("Bill %(number)s withdrawn", number=bill.number),
        }
        return told.get(move.situation) or _("Bill %(number)s changed", number=bill.number)
    history = known.receipts.get(move.cause, ())
    name = _named(history[-1] if history else None)
    told = {
        "linked": _("%(payment)s received", payment=name),
        "cheque_recorded": _("%(payment)s received", payment=name),
        "cash_recorded": _("%(payment)s received", payment=name),
        "returned": _("%(payment)s returned by the bank", payment=name),
        "refunded": _("%(payment)s refunded", payment=name),
        "refund_returned": _("%(payment)s: a refund came back", payment=name),
        "disputed": _("%(payment)s disputed", payment=name),
        "dispute_won": _("%(payment)s back after a dispute", payment=name),
        "paid_from_trust": _("Paid from trust"),
        "received_from_trust": _("Paid from trust"),
    }
    return told.get(move.situation) or _("%(payment)s corrected", payment=name)


def _issued(bill: Bill, day: date, blank: Sheet) -> str:
    """The bill by its number, and by its own date where that is not the day of its booking."""
    if bill.issued_on is None or bill.issued_on == day:
        return _("Bill %(number)s", number=bill.number)
    own = blank.formats.day(bill.issued_on)
    return _("Bill %(number)s of %(day)s", number=bill.number, day=own)


def _named(receipt: Receipt | None) -> str:
    if receipt is not None and receipt.source == ReceiptSource.CHEQUE:
        return _("Check %(number)s", number=receipt.number)
    if receipt is not None and receipt.source == ReceiptSource.CASH:
        return _("Cash")
    if receipt is not None and receipt.note:  # of a payment by link: its reference
        return _("Payment %(reference)s", reference=receipt.note)
    return _("Payment")
