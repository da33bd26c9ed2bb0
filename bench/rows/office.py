"""Settings of a firm with 10,000 users and 500 groups of twenty; signing in, beside its hash."""

import re
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy import create_engine

from bench.harness.bulk import fill
from bench.harness.firm import SANDBOX, BenchFirm, bench_firm
from bench.harness.load import Answers, request
from bench.harness.rounds import interleaved
from bench.harness.servers import Server, granian
from bench.harness.staff import signed_in
from bench.harness.table import Table

USERS, GROUPS, MEMBERS = 10_000, 500, 20
ROUNDS, COUNT = 5, 40
SIGN_INS = 21
PAGE_MS, FRAGMENT_MS = 300.0, 150.0
SETTINGS = "/staff/settings"
PAGES = {
    "Users": f"{SETTINGS}/users",
    "Groups": f"{SETTINGS}/groups",
    "a new group": f"{SETTINGS}/groups/new",
    "Payment Notifications": f"{SETTINGS}/payment-notifications",
}
FRAGMENTS = {
    "Users, searched by a name": f"{SETTINGS}/users?q=person+99",
    "Users, a search that finds nobody": f"{SETTINGS}/users?q=nobody+at+all",
    "Payment Notifications, a group chosen": f"{SETTINGS}/payment-notifications/preview"
    "?target=group&group=group7",
}
HTMX = {"HX-Request": "true"}
MADE = "2026-01-01 00:00:00.000000"


def _furnish(firm: BenchFirm) -> None:
    from portal.firm.models import Group, GroupMember, User

    engine = create_engine(firm.environ["DATABASE_URL"])
    columns = ("id", "public_id", "email", "name", "name_key", "job_title")
    people = range(1_000, 1_000 + USERS)
    named = ((n, f"user{n}", f"p{n}@firm.test", f"Person {n}", f"person {n}", "") for n in people)
    fill(engine, User.__table__, columns, named)
    columns = ("id", "public_id", "name", "name_key", "description", "excluded_from_rates")
    columns = (*columns, "made_at", "version")
    groups = range(1, 1 + GROUPS)
    rows = ((n, f"group{n}", f"Group {n}", f"group {n}", "", False, MADE, 1) for n in groups)
    fill(engine, Group.__table__, columns, rows)
    members = ((n, people[(n * MEMBERS + k) % USERS]) for n in groups for k in range(MEMBERS))
    fill(engine, GroupMember.__table__, ("group_id", "user_id"), members)
    engine.dispose()


def _asked(product: Server, path: str, headers: dict[str, str]) -> Callable[[], Answers]:
    asked = request("GET", path, headers=headers)
    return partial(product.ask, [asked], COUNT, 1)


def _pages(table: Table, firm: BenchFirm) -> None:
    ada = signed_in(firm)
    with granian("product", firm.given(**SANDBOX)) as product:
        asked = {what: _asked(product, path, ada) for what, path in PAGES.items()}
        asked |= {what: _asked(product, path, {**ada, **HTMX}) for what, path in FRAGMENTS.items()}
        found = interleaved(asked, ROUNDS)
    for what, one in found.items():
        goal = PAGE_MS if what in PAGES else FRAGMENT_MS
        table.at_most(f"{what}: p99 in ms", one.p99, goal, "{:.0f}")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _p95(work: Callable[[], object]) -> float:
    return sorted(_seconds(work) for _ in range(SIGN_INS))[int(SIGN_INS * 0.95)] * 1_000


def _sign_ins(table: Table, firm: BenchFirm) -> None:
    from app import create_app
    from portal.core import db
    from portal.firm.demo import DEMO_HASH, DEMO_PASSWORD
    from portal.firm.passwords import password_fits
    from portal.web.limits import limiter

    app = create_app(firm.settings(**SANDBOX))
    limiter.enabled = False
    typed = {"email": "ada@demo.test", "password": DEMO_PASSWORD}

    def sign_in() -> None:
        browser = app.test_client()
        page = browser.get("/staff/sign-in", base_url="https://localhost").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        sent = {**typed, "csrf_token": token[1]}
        answer = browser.post("/staff/sign-in", data=sent, base_url="https://localhost")
        assert answer.status_code == 303, answer.text[:500]

    hashing, whole = _p95(partial(password_fits, DEMO_HASH, DEMO_PASSWORD)), _p95(sign_in)
    limiter.enabled = True
    db.disconnect()
    table.note("the hash alone: p95", f"{hashing:.0f} ms")
    table.note("signing in, page and form: p95", f"{whole:.0f} ms")
    table.note("of it the hash", f"{hashing / whole:.2f}")


def main() -> None:
    """Measure and print."""
    table = Table(f"The firm's own house ({USERS:,} users, {GROUPS} groups of {MEMBERS})")
    with bench_firm() as firm:
        _furnish(firm)
        _pages(table, firm)
        _sign_ins(table, firm)
    table.show()


if __name__ == "__main__":
    main()
