"""**Settings → Bank accounts**, as administrators use it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from payments.accounts import queries
from payments.accounts.models import BankAccount
from payments.accounts.staff import ACCOUNTS
from portal.core import db
from portal.core.audit import AuditEntry
from tests.payments.accounts.processor import Processor
from tests.support.cast import Cast, Person
from tests.support.page import Page

INDEX = f"/staff{ACCOUNTS}"
NEW = f"{INDEX}/new"
SETTINGS = "/staff/settings"
TYPED: dict[str, Any] = {
    "name": "IOLTA Trust",
    "public_label": "Harlow & Reyes – client trust account",
    "kind": "trust",
    "processor_account": "acct_sandboxtrust",
    "statement_suffix": "HARLOW REYES",
}
RunJobs = Callable[[], int]


def add(person: Person, *, status: int = 200, **typed: Any) -> Page:
    page = person.get(NEW)
    return person.submit(page, "Add bank account", status=status, **(TYPED | typed))


def accounts() -> list[BankAccount]:
    with db.read() as session:
        return queries.bank_accounts(session)


def logged() -> list[tuple[str, str]]:
    with db.read() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [
            (entry.actor.split(":")[0], entry.action)
            for entry in rows
            if entry.subject.startswith(("bank_account", "processor"))
        ]


def test_without_accounts_the_page_teaches_trust_and_operating(cast: Cast) -> None:
    page = cast.ada.get(INDEX)
    assert page.texts("h2") == ["No bank accounts yet"]
    assert "still belongs to your clients" in page
    assert "that your firm has earned" in page
    assert page.link("Add bank account").endswith(NEW)


def test_L3_an_account_is_added_and_asked_about_at_once(cast: Cast, run_jobs: RunJobs) -> None:
    page = add(cast.ada)
    assert "The bank account was added." in page
    assert "Stripe is being asked about this account" in page
    (account,) = accounts()
    card = f"#account-{account.public_id}"
    assert page.one(card)["hx-trigger"] == "every 2s"
    run_jobs()
    fragment = cast.ada.get(str(page.one(card)["hx-get"]), htmx=True)
    assert not fragment.is_whole
    assert "Connected" in fragment.texts(".badge")
    assert not fragment.one(card).has_attr("hx-trigger")
    shown = fragment.texts("dl > div")
    assert "Payers see Harlow & Reyes – client trust account" in shown
    assert "Stripe account acct_sandboxtrust" in shown
    assert "Card statement HARLOW REYES" in shown
    assert "Link limits $1.00 to $100,000.00" in shown
    assert "Currency USD" in shown
    assert logged() == [("user", "bank_account.added"), ("processor", "bank_account.connected")]


def test_L3_an_account_that_stripe_does_not_know_says_so(cast: Cast, run_jobs: RunJobs) -> None:
    add(cast.ada, processor_account="acct_nobody")
    run_jobs()
    page = cast.ada.get(INDEX)
    assert "Not connected: it takes no payments" in page
    assert "Stripe does not know this account, or the key is wrong." in page


@pytest.mark.parametrize(
    "field, typed, told",
    [
        ("name", " \t", "Enter a name for this account."),
        ("name", "N" * 81, "Use at most 80 characters."),
        ("public_label", "", "Enter what payers see."),
        ("kind", "savings", "Choose trust or operating."),
        ("kind", None, "Choose trust or operating."),
        ("processor_account", "1Trust", "A Stripe account begins with acct_."),
        ("processor_account", "acct_" + "x" * 60, "A Stripe account begins with acct_."),
        ("statement_suffix", "<Smith v. Jones>", "Use at most 22 plain letters and digits."),
        ("statement_suffix", "A" * 23, "Use at most 22 plain letters and digits."),
    ],
)
def test_what_cannot_be_used_is_told_beside_its_field_and_the_rest_stays(
    field: str, typed: str | None, told: str, cast: Cast
) -> None:
    page = add(cast.ada, status=422, **{field: typed})
    assert told in page.texts(".has-error")[0]
    assert len(page.select(".has-error")) == 1
    assert told in page.texts("#error-summary a")
    kept = {
        str(tag["name"]): str(tag["value"])
        for tag in page.select("form input[type=text], form input[checked]")
    }
    expected = {**TYPED, field: (typed or "").strip() if field != "name" else typed}
    expected.pop("kind") if field == "kind" else None
    assert kept == expected
    assert accounts() == []
    assert logged() == []


def test_everything_that_is_wrong_is_told_at_once(cast: Cast) -> None:
    page = cast.ada.submit(cast.ada.get(NEW), "Add bank account", status=422)
    assert len(page.texts("#error-summary a")) == 3


def test_a_taken_name_is_refused_beside_it_and_nothing_is_lost(cast: Cast) -> None:
    add(cast.ada)
    page = add(cast.ada, public_label="Another", status=409)
    assert "There is a bank account with this name already." in page.texts(".has-error")[0]
    assert page.one("#public_label")["value"] == "Another"
    assert len(accounts()) == 1


def test_M3_trust_and_operating_money_never_share_a_stripe_account(cast: Cast) -> None:
    add(cast.ada)
    page = add(cast.ada, name="Operating", kind="operating", status=422)
    assert "IOLTA Trust is paid through this Stripe account." in page.texts(".has-error")[0]
    add(cast.ada, name="Second trust")
    add(cast.ada, name="Operating", kind="operating", processor_account="")
    page = add(cast.ada, name="Third trust", processor_account="", status=422)
    assert "Operating is paid through this Stripe account." in page.texts(".has-error")[0]
    assert [one.name for one in accounts()] == ["Operating", "IOLTA Trust", "Second trust"]


def test_names_with_markup_are_shown_as_they_were_typed(cast: Cast) -> None:
    page = add(cast.ada, name="<b>Bold</b> & Co")
    assert "<b>Bold</b> & Co" in page.texts(".card h2")
    assert page.select("h2 b") == []


def test_the_words_of_an_account_change_and_its_kind_and_currency_never(cast: Cast) -> None:
    add(cast.ada)
    page = cast.ada.click(cast.ada.get(INDEX), "Edit IOLTA Trust")
    assert page.select("[name=kind], [name=processor_account], [name=currency]") == []
    page = cast.ada.submit(
        page,
        "Save changes",
        name="Oregon IOLTA",
        public_label="Trust",
        statement_suffix="H R",
        kind="operating",
        currency="CAD",
        processor_account="acct_other",
    )
    assert "The bank account was saved." in page
    (account,) = accounts()
    assert (account.name, account.public_label, account.statement_suffix) == (
        "Oregon IOLTA",
        "Trust",
        "H R",
    )
    assert (account.kind, account.currency) == ("trust", "USD")
    assert account.processor_account == "acct_sandboxtrust"
    with db.read() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "bank_account.described")
        ).one()
    assert entry.detail["before"]["name"] == "IOLTA Trust"
    assert entry.detail["after"]["name"] == "Oregon IOLTA"


def test_an_edit_that_cannot_be_used_changes_nothing(cast: Cast) -> None:
    add(cast.ada)
    add(cast.ada, name="Second")
    page = cast.ada.click(cast.ada.get(INDEX), "Edit IOLTA Trust")
    cast.ada.submit(page, "Save changes", name="Second", status=409)
    wrong = cast.ada.submit(page, "Save changes", name="", public_label="Typed", status=422)
    assert wrong.one("#public_label")["value"] == "Typed"
    cast.ada.submit(page, "Save changes")
    assert [one.name for one in accounts()] == ["IOLTA Trust", "Second"]
    assert ("user", "bank_account.described") not in logged()


def test_L3_check_now_asks_stripe_and_shows_the_answer(cast: Cast, processor: Processor) -> None:
    add(cast.ada)
    processor.problems["acct_sandboxtrust"] = ("Stripe is waiting for information.",)
    page = cast.ada.submit(cast.ada.get(INDEX), "Check now")
    assert "Stripe is waiting for information." in page
    processor.problems.clear()
    processor.down.clear()
    (account,) = accounts()
    address = f"{INDEX}/{account.public_id}/connection-checks"
    page = cast.ada.post(address, {"csrf_token": cast.ada.csrf_token()}, htmx=True)
    assert not page.is_whole
    assert "Connected" in page.texts("[role=status] .badge")
    assert processor.asked == [("acct_sandboxtrust", "USD")] * 2


def test_L3_stripe_without_an_answer_is_told_and_what_was_known_stays(
    cast: Cast, processor: Processor
) -> None:
    add(cast.ada)
    cast.ada.submit(cast.ada.get(INDEX), "Check now")
    processor.down.add("acct_sandboxtrust")
    page = cast.ada.submit(cast.ada.get(INDEX), "Check now")
    assert "Stripe could not be asked just now." in page.one("[role=alert]").get_text()
    assert "Connected" in page.texts(".badge")


def test_every_page_of_an_account_is_for_administrators(cast: Cast) -> None:
    add(cast.ada)
    (account,) = accounts()
    own = f"{INDEX}/{account.public_id}"
    for person, status in ((cast.ben, 403), (cast.ana, 403), (cast.cleo, 303), (cast.sol, 303)):
        sent = {**TYPED, "name": "Mine"}
        if status == 403:
            sent["csrf_token"] = person.csrf_token()
        for address in (INDEX, NEW, own, f"{own}/edit"):
            assert person.ask("GET", address, status=None, follow=False).status == status
        changes = (NEW, f"{own}/edit", f"{own}/connection-checks", f"{SETTINGS}/processor-checks")
        for address in changes:
            answer = person.ask("POST", address, data=sent, status=None, follow=False)
            assert answer.status == status, address
    assert [one.name for one in accounts()] == ["IOLTA Trust"]


def test_an_account_that_is_not_there_is_not_found(cast: Cast) -> None:
    cast.ada.get(f"{INDEX}/nobody/edit", status=404)
    cast.ada.get(f"{INDEX}/nobody", status=404)
    token = {"csrf_token": cast.ada.csrf_token()}
    cast.ada.post(f"{INDEX}/nobody/connection-checks", token, status=404)
