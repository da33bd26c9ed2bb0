"""Sending many bills at once: the press for 5,000, the emails beside a loop with a connection each,
and the pay page meanwhile.

The product's emails carry each bill as a PDF of its own, drawn for it, and stand in the database
with what became of them. The bare loop sends the same words and one PDF again and again; a second
loop draws each PDF by the product's own function. Both are run twice: with a mail server on this
machine in plain text, where a connection costs next to nothing, and with one as firms have it.
"""

import re
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from sqlalchemy import func, select, update

from bench.harness.bills import Debtor, add_debtor, add_unpaid_bills
from bench.harness.firm import SANDBOX, BenchFirm, bench_firm
from bench.harness.load import Answers, request
from bench.harness.mail import ROUND_TRIP_MS, MailHost, far, near
from bench.harness.options import full
from bench.harness.rounds import median_seconds
from bench.harness.servers import Server, granian, running
from bench.harness.staff import signed_in
from bench.harness.table import Table
from payments.billing.bulk import BulkItem, ItemState
from payments.billing.handed_out import DocumentLink
from portal.core.db import Database
from portal.outbox.models import Delivery, DeliveryState

CLICKED, CLICK_ROUNDS = 5_000, 5
SENT = 3_000 if full() else 300
BARE, DRAWN = 300, 60
BARE_FAR = 30  # three a second
OWNERS = 50
GOAL_CLICK_MS, GOAL_RATIO, GOAL_P99 = 300.0, 2.5, 2.0
PAY_REQUESTS = 200
SECONDS_MAX = 3_600
COOKIE = re.compile(rb"set-cookie: ([^;]+)", re.IGNORECASE)
WORDS = "The firm has sent you a bill. Pay online now: http://localhost/bills/" + "x" * 43
PDF = b"%PDF-1.7" + b"\n" * 40_000
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ALL = "of=bills&all=yes&toggles=shown&email=yes"


def furnish(firm: BenchFirm, bills: int) -> list[Debtor]:
    """So many unpaid bills of clients with an email address each."""
    from app import create_app
    from portal.clients.models import ContactEmail
    from portal.core import db

    create_app(firm.settings(**SANDBOX))
    owners = [add_debtor(firm, 0) for _ in range(OWNERS)]
    add_unpaid_bills(db.current().engine, firm, owners, bills)
    with db.transaction() as session:
        for owner in owners:
            address = f"client{owner.client_id}@bench.test"
            session.add(
                ContactEmail(
                    contact_id=owner.client_id,
                    position=0,
                    address=address,
                    address_key=address,
                    is_primary=True,
                )
            )
    db.disconnect()
    return owners


def press(server: Server, staff: dict[str, str]) -> float:
    """Look at all of them, and press **Send**; answers the seconds of the press."""
    looked = server.ask([request("GET", f"/staff/bulk-sendings/new?{ALL}", headers=staff)], 1)
    page = looked.last_body.decode()
    # The token of its forms lies in the cookie that the page brings.
    cookie = COOKIE.search(looked.last_head)
    staff = {"Cookie": cookie[1].decode()} if cookie else staff
    fields = {name: _value(page, name) for name in ("csrf_token", "nonce", "digest", "shown")}
    body = f"{ALL}&{urlencode(fields)}".encode()
    answers = server.ask([request("POST", "/staff/bulk-sendings", body, {**FORM, **staff})], 1)
    if answers.statuses[303] != 1:
        raise RuntimeError(f"answered {dict(answers.statuses)}: {answers.last_body[:300]!r}")
    return answers.milliseconds[0] / 1_000


def _value(page: str, name: str) -> str:
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


def clicks(table: Table) -> None:
    """The press for 5,000 bills, before anything is sent."""
    with bench_firm() as firm:
        furnish(firm, CLICKED)
        staff = signed_in(firm)
        with granian("product", firm.given(**SANDBOX)) as server:
            told = []
            for _nth in range(CLICK_ROUNDS + 1):
                told.append(press(server, staff) * 1_000)
                let_go(firm)
    told = told[1:]  # what a process reads once is read
    table.at_most(f"press for {CLICKED:,} bills, in ms", median(told), GOAL_CLICK_MS, "{:.0f}")


def let_go(firm: BenchFirm) -> None:
    """Have nothing wait to be sent, or the same bills could not be chosen again."""
    database = Database(firm.environ["DATABASE_URL"])
    with database.transaction() as session:
        session.execute(update(BulkItem).values(state=ItemState.FAILED))
    database.dispose()


@contextmanager
def worker(firm: BenchFirm, host: MailHost) -> Generator[None]:
    """The product's worker, which sends to this mail server."""
    environ = {**firm.environ, **host.environ, "MAIL_DEFAULT_SENDER": "bench@firm.test"}
    argv = [sys.executable, "-m", "flask", "--app", "wsgi:app", "worker"]
    with running(argv, {**environ, "RETAINER_VAR": str(firm.var)}):
        yield


def until_sent(database: Database, emails: int) -> int:
    """Until at least so many emails were taken; answers how many."""
    until = time.monotonic() + SECONDS_MAX
    while time.monotonic() < until:
        with database.read() as session:
            sent = select(func.count()).where(Delivery.state == DeliveryState.SENT)
            if (found := session.scalar(sent) or 0) >= emails:
                return found
        time.sleep(0.2)
    raise TimeoutError(f"{emails} emails were not sent in {SECONDS_MAX} s")


def paid_pages(server: Server, firm: BenchFirm) -> Answers:
    """The pay page, asked for again and again."""
    return server.ask([request("GET", f"/pay/{firm.link_token}")], PAY_REQUESTS)


def emails(table: Table, what: str, host: MailHost, bare_count: int) -> None:
    """How fast they go out, beside the loops, and what the pay page does meanwhile."""
    with bench_firm() as firm:
        furnish(firm, SENT)
        staff = signed_in(firm)
        database = Database(firm.environ["DATABASE_URL"])
        with granian("product", {**firm.given(**SANDBOX), "unlimited": True}) as server:
            paid_pages(server, firm)
            quiet = paid_pages(server, firm).percentile(99)
            press(server, staff)
            with worker(firm, host):
                until_sent(database, 5)
                busy = paid_pages(server, firm).percentile(99)
                began, before = time.perf_counter(), until_sent(database, 1)
                sent = until_sent(database, SENT) - before
                product = sent / (time.perf_counter() - began)
        alone = median_seconds({"": lambda: one_by_one(host, bare_count, lambda: PDF)}, 3)[""]
        drawn = DRAWN / one_by_one(host, DRAWN, drawing(firm, database))
        database.dispose()
    bare = bare_count / alone
    table.note(f"{what}: product, {SENT:,} bills, emails a second", f"{product:.1f}")
    table.note(
        f"{what}: loop with one PDF again and again, loop that draws each",
        f"{bare:.1f}, {drawn:.1f}",
    )
    table.at_least(f"{what}: of the loop with one PDF", product / bare, GOAL_RATIO)
    table.at_least(f"{what}: of the loop that draws each", product / drawn, GOAL_RATIO)
    table.note(f"{what}: pay page, p99 in ms, quiet and meanwhile", f"{quiet:.1f} and {busy:.1f}")
    table.at_most(f"{what}: pay page, p99 of the quiet one", busy / quiet, GOAL_P99)


def drawing(firm: BenchFirm, database: Database) -> Callable[[], bytes]:
    """A function that draws one bill after the other."""
    from app import create_app
    from payments.billing.models import Bill
    from payments.billing.payables import opened_by
    from payments.billing.pdf import bill_pdf

    app = create_app(firm.settings(**SANDBOX))
    with database.read() as session:
        links = iter(session.scalars(select(DocumentLink).limit(DRAWN * 2)).all())

    def draw() -> bytes:
        with app.app_context(), database.read() as session:
            bill = opened_by(session, next(links))
            assert isinstance(bill, Bill)
            return bill_pdf(session, bill, language="en_CA", pay_url=None)

    return draw


def one_by_one(host: MailHost, count: int, pdf: Callable[[], bytes]) -> float:
    """A connection for each email; answers the seconds."""
    began, tls = time.perf_counter(), host.tls()
    for number in range(count):
        message = EmailMessage()
        message["From"], message["To"] = "bench@firm.test", f"client{number}@bench.test"
        message["Subject"] = "A bill from the firm"
        message.set_content(WORDS)
        message.add_alternative(f"<p>{WORDS}</p>", subtype="html")
        message.add_attachment(pdf(), "application", "pdf", filename=f"Bill-{number}.pdf")
        host.send_alone(message, tls)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    table = Table("Bulk send")
    clicks(table)
    with near() as host:
        emails(table, "a mail server here, plain", host, BARE)
    with TemporaryDirectory() as folder, far(Path(folder)) as host:
        emails(table, f"one {ROUND_TRIP_MS} ms away, TLS", host, BARE_FAR)
    table.show()


if __name__ == "__main__":
    main()
