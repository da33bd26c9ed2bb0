"""Linking a payment to a client and putting it on the open bills, in plain SQL."""

from collections.abc import Iterator
from itertools import count

from bench.harness.bills import Debtor
from bench.harness.raw import Raw, Statement

AT = "2026-01-01 00:00:00.000000"
OPEN_SHARES = (
    "SELECT b.id, s.id, a.id, s.total_cents - s.applied_cents FROM bill b"
    " JOIN bill_share s ON s.bill_id = b.id"
    " JOIN ledger_account a ON a.client_id = b.client_id AND a.kind = 'receivable'"
    " AND a.bill_id = b.id"
    " WHERE b.client_id = ? AND b.status = 'awaiting_payment'"
    " ORDER BY b.due_on, b.issued_on, b.number, s.position"
)
RECEIPT = (
    "INSERT INTO receipt (public_id, source, cause, client_id, bank_account_id, currency,"
    " amount_cents, applied_cents, withdrawn_cents, gone_cents, request_cents, received_on, number,"
    " note, made_at, made_by, undone_reason)"
    " VALUES (?, 'payment', ?, ?, ?, 'USD', ?, ?, 0, 0, 0, '2026-01-01', '', '', ?, 'bench', '')"
    " RETURNING id"
)
ACCOUNT = (
    "INSERT INTO ledger_account (key, kind, currency, bank_account_id, client_id)"
    " VALUES (?, 'client_credit', 'USD', ?, ?) RETURNING id"
)
BALANCE = (
    "INSERT INTO ledger_balance (account_id, floored, posted_cents, pending_cents, held_cents)"
    " VALUES (?, TRUE, 0, 0, 0)"
)
ALLOCATION = (
    "INSERT INTO allocation (public_id, receipt_id, bill_id, bill_share_id, amount_cents,"
    " reversed_cents, made_at, made_by) VALUES (?, ?, ?, ?, ?, 0, ?, 'bench')"
)
SHARE = "UPDATE bill_share SET applied_cents = applied_cents + ? WHERE id = ?"
BILL = "UPDATE bill SET applied_cents = applied_cents + ?, status = 'paid' WHERE id = ?"
TRANSFER = (
    "INSERT INTO ledger_transfer (once, state, situation, debit_id, credit_id, amount_cents,"
    " cause, actor, reason, at) VALUES (?, 'posted', ?, ?, ?, ?, ?, 'bench', '', ?)"
)
MOVE = "UPDATE ledger_balance SET posted_cents = posted_cents + ? WHERE account_id = ?"
LOG = (
    "INSERT INTO audit_entry (at, actor, action, subject, detail)"
    " VALUES (?, 'bench', 'receipt.payment', ?, '{}')"
)

_numbers = count(1)


def raw_link(raw: Raw, payment_id: int, debtor: Debtor) -> None:
    """All of it in one transaction, no floor or reservation looked at by the code."""
    with raw.begin():
        sought = "SELECT bank_account_id, amount_cents FROM payment WHERE id = ?"
        bank, cents = raw.execute(sought, (payment_id,)).fetchone()
        opened = raw.execute(OPEN_SHARES, (debtor.client_id,)).fetchall()
        sought = "SELECT id FROM ledger_account WHERE key = ?"
        unlinked = raw.execute(sought, (f"{bank}:unlinked",)).fetchone()[0]
        cause, applied = f"payment:{payment_id}", sum(share[3] for share in opened)
        values = (cause, cause, debtor.client_id, bank, cents, applied, AT)
        receipt = raw.execute(RECEIPT, values).fetchone()[0]
        raw.execute("UPDATE payment SET receipt_id = ? WHERE id = ?", (receipt, payment_id))
        key = f"{bank}:client_credit:c{debtor.client_id}"
        credit = raw.execute(ACCOUNT, (key, bank, debtor.client_id)).fetchone()[0]
        raw.execute(BALANCE, (credit,))
        raw.execute(TRANSFER, (f"raw:{receipt}", "linked", unlinked, credit, cents, cause, AT))
        raw.execute(MOVE, (-cents, unlinked))
        raw.execute(MOVE, (cents, credit))
        raw.run(_applied(opened, receipt, credit, cause))
        raw.execute(MOVE, (-applied, credit))
        raw.execute(LOG, (AT, cause))


def _applied(
    opened: list[tuple[int, int, int, int]], receipt: int, credit: int, cause: str
) -> Iterator[Statement]:
    for bill, share, _account, cents in opened:
        yield ALLOCATION, (f"raw{next(_numbers)}", receipt, bill, share, cents, AT)
    for _bill, share, _account, cents in opened:
        yield SHARE, (cents, share)
    for bill, _share, _account, cents in opened:
        yield BILL, (cents, bill)
    for _bill, share, account, cents in opened:
        yield TRANSFER, (f"raw:{receipt}:{share}", "applied", credit, account, cents, cause, AT)
    for _bill, _share, account, cents in opened:
        yield MOVE, (-cents, account)
