"""The PDF of a bill of sixty lines: drawn anew, kept, and served beside a bare one-row answer."""

import time
from collections.abc import Callable
from functools import partial

from bench.harness.bills import add_debtor
from bench.harness.firm import SANDBOX, BenchFirm, bench_firm
from bench.harness.load import request
from bench.harness.rounds import interleaved, median_seconds, told
from bench.harness.servers import granian
from bench.harness.staff import signed_in
from bench.harness.table import Table

ROUNDS = 7
LINES = 60
GOAL_NEW_MS = 150.0
GOAL_RATIO = 0.8
COUNT = {1: 40, 8: 80}
WORK = "Review of the accounts of the estate, with a memorandum to the client on what is missing"
URL = "https://pay.firm.example/bills/KtXTnUpzRtol9d2QtPx5irfDlYKi6bgN"


def _write(firm: BenchFirm) -> int:
    """An issued bill of sixty lines; answers its id."""
    from payments.billing.actions import BillDetails, LineDetails, draft_bill, issue
    from portal.core import clock, db

    debtor = add_debtor(firm, 0)
    today = clock.wall_time().date()
    with db.transaction() as session:
        lines = [
            LineDetails(debtor.matter_id, today, WORK, 1_500, 25_000 + n) for n in range(LINES)
        ]
        details = BillDetails(debtor.client_id, firm.account_id, lines, today)
        bill = issue(session, draft_bill(session, details, by="bench"), on=today, by="bench")
        return bill.id


def _timed(bill_id: int, forget: Callable[[], None] | None) -> float:
    from payments.billing.models import Bill
    from payments.billing.pdf import bill_pdf
    from portal.core import db

    with db.read() as session:
        bill = session.get_one(Bill, bill_id)
        if forget is not None:
            forget()
        began = time.perf_counter()
        assert bill_pdf(session, bill, language="en_US", pay_url=URL).startswith(b"%PDF")
        return time.perf_counter() - began


def _drawn(table: Table, bill_id: int) -> None:
    """What a bill is read and drawn in; the first one also loads the fonts."""
    from portal.core.typesetting import forget

    table.note("the first one of a process", f"{_timed(bill_id, forget) * 1_000:.0f} ms")
    ways = {"new": partial(_timed, bill_id, forget), "kept": partial(_timed, bill_id, None)}
    found = median_seconds(ways, ROUNDS)
    table.at_most("a new one, ms", found["new"] * 1_000, GOAL_NEW_MS, "{:.0f}")
    table.note("a kept one (read again, not drawn)", f"{found['kept'] * 1_000:.1f} ms")


def _served(table: Table, firm: BenchFirm, public_id: str) -> None:
    asked = request("GET", f"/staff/bills/{public_id}/bill.pdf", headers=signed_in(firm))
    with granian("product", firm.given(**SANDBOX)) as product:
        pdf = product.ask([asked], 1).last_body
        assert pdf.startswith(b"%PDF"), pdf[:200]
        table.note("bytes", str(len(pdf)))
        given = {
            "database": firm.environ["DATABASE_URL"],
            "token": firm.link_token,
            "body": "x" * len(pdf),
        }
        with granian("bare_file", given) as bare:
            for n, count in COUNT.items():
                ways = {
                    "bare": partial(bare.ask, [request("GET", "/file")], count, n),
                    "product": partial(product.ask, [asked], count, n),
                }
                found = interleaved(ways, ROUNDS)
                at = f"kept and served, {n} connection{'s' if n > 1 else ''}"
                for name, one in found.items():
                    table.note(f"{at}, {name}", told(one))
                ratio = found["product"].per_second / found["bare"].per_second
                table.at_least(f"{at}: of a bare one-row answer", ratio, GOAL_RATIO)


def main() -> None:
    """Measure and print."""
    from app import create_app
    from payments.billing.models import Bill
    from portal.core import db

    table = Table(f"PDF of a bill of {LINES} lines, tagged")
    with bench_firm() as firm:
        app = create_app(firm.settings(**SANDBOX))
        with app.app_context():
            bill_id = _write(firm)
            _drawn(table, bill_id)
        with db.read() as session:
            public_id = session.get_one(Bill, bill_id).public_id
        db.disconnect()
        _served(table, firm, public_id)
    table.show()


if __name__ == "__main__":
    main()
