"""**Ask to store a method** and **Withdraw**, by the firm's people (FEATURES P8)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from payments.accounts.actions import check_connection
from payments.accounts.demo import DemoAccounts
from payments.accounts.settings import set_online_payments
from payments.methods.models import MethodRequest, StoredMethod
from payments.methods.requests import MESSAGE_CHARS_MAX
from portal.clients.models import Contact
from portal.core import db
from tests.factories.asked import Storer, as_now, ask_for, page_of
from tests.support.cast import Cast
from tests.support.outbox import Outbox

Advance = Callable[[timedelta], int]
RunJobs = Callable[[], int]


@pytest.fixture(autouse=True)
def connected(accounts: DemoAccounts) -> None:
    for account in (accounts.operating, accounts.trust):
        check_connection(account.id)


def tab_of(client: Contact) -> str:
    return f"/staff/contacts/{client.public_id}/payment-methods"


def requests() -> list[MethodRequest]:
    with db.read() as session:
        return list(session.scalars(select(MethodRequest).order_by(MethodRequest.id)))


def test_P8_staff_ask_and_the_client_gets_a_link_for_29_days(
    cleo: Contact, accounts: DemoAccounts, cast: Cast, outbox: Outbox, run_jobs: RunJobs
) -> None:
    asking = cast.ana.click(cast.ana.get(tab_of(cleo)), "Ask to store a method")
    after = cast.ana.submit(
        asking, "Send the link", account=accounts.trust.public_id, message="For the plan.\nThanks"
    )
    assert "The link is being emailed to cleo@client.test." in after
    (row,) = after.select("tr[id^=request-]")
    assert "Open till" in row.get_text()
    (asked,) = requests()
    assert asked.expires_at - asked.made_at == timedelta(days=29)
    assert asked.bank_account_id == accounts.trust.id
    run_jobs()
    (told,) = outbox.emails
    assert told.subject == "Harlow & Reyes asks you to store a payment method"
    for shown in ("For the plan.", "trust account", "No money is taken now"):
        assert shown in told
    assert told.links[0].endswith(page_of(asked))


def test_P8_asking_again_voids_the_older_link_of_the_same_account_only(
    cleo: Contact, accounts: DemoAccounts, cast: Cast
) -> None:
    older, trust = ask_for(cleo, accounts.operating), ask_for(cleo, accounts.trust)
    newer = ask_for(cleo, accounts.operating)
    assert as_now(older).withdrawn_at is not None
    assert as_now(trust).withdrawn_at is None
    cast.sol.get(page_of(older), status=410)
    for link in (page_of(trust), page_of(newer)):
        assert "Store a payment method" in cast.sol.get(link)


def test_P8_withdraw_ends_the_link(cleo: Contact, accounts: DemoAccounts, cast: Cast) -> None:
    asked = ask_for(cleo, accounts.operating)
    after = cast.ana.submit(cast.ana.get(tab_of(cleo)), "Withdraw cleo@client.test")
    assert "Its link stores nothing any more" in after
    assert "Withdrawn" in after.one(f"#request-{asked.public_id}").get_text()
    cast.sol.get(page_of(asked), status=410)


def test_P8_the_list_says_where_each_request_stands(
    cleo: Contact, accounts: DemoAccounts, cast: Cast, advance: Advance
) -> None:
    expired = ask_for(cleo, accounts.trust)
    advance(timedelta(days=29))
    asked = ask_for(cleo, accounts.operating)
    Storer(cast.sol.app, asked, accounts.operating.processor_account).store()
    page = cast.ana.get(tab_of(cleo))
    assert "Expired" in page.one(f"#request-{expired.public_id}").get_text()
    stored = page.one(f"#request-{asked.public_id}").get_text()
    assert "Stored" in stored
    assert "4242" in stored
    assert page.select("form[action*=withdrawal]") == []


def test_P8_a_used_request_is_not_withdrawn(
    cleo: Contact, accounts: DemoAccounts, cast: Cast
) -> None:
    asked = ask_for(cleo, accounts.operating)
    open_page = cast.ana.get(tab_of(cleo))
    Storer(cast.sol.app, asked, accounts.operating.processor_account).store()
    form, _button = open_page.form("Withdraw cleo@client.test")
    sent = {"csrf_token": cast.ana.csrf_token()}
    refused = cast.ana.post(str(form["action"]), sent, status=409)
    assert "stored a method by this request already" in refused
    assert as_now(asked).withdrawn_at is None


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"account": "none"}, 422),
        ({"address": "somebody@else.test"}, 422),
        ({"address": ""}, 422),
        ({"message": "x" * (MESSAGE_CHARS_MAX + 1)}, 422),
    ],
)
def test_P8_wrong_input_is_said_keeps_what_was_typed_and_asks_nobody(
    cleo: Contact, accounts: DemoAccounts, cast: Cast, typed: dict[str, str], status: int
) -> None:
    good = {
        "csrf_token": cast.ana.csrf_token(),
        "account": accounts.operating.public_id,
        "address": "cleo@client.test",
        "message": "Please",
    }
    path = f"/staff/contacts/{cleo.public_id}/payment-method-requests"
    page = cast.ana.post(path, good | typed, status=status)
    assert page.texts("#error-summary li") != []
    assert page.one("textarea").get_text().strip() == (typed.get("message") or "Please")
    assert requests() == []


def test_P1_nobody_is_asked_while_online_payments_are_off(
    cleo: Contact, accounts: DemoAccounts, cast: Cast
) -> None:
    with db.transaction() as session:
        set_online_payments(session, online=False, part_min_cents=100, by="system")
    page = cast.ana.get(f"/staff/contacts/{cleo.public_id}/payment-method-requests/new")
    assert "Online payments are turned off" in page
    assert [one.get_text(strip=True) for one in page.select("main button")] == []


def test_N9_only_accounts_and_administrators_ask_and_withdraw(
    cleo: Contact, accounts: DemoAccounts, cast: Cast
) -> None:
    asked = ask_for(cleo, accounts.operating)
    sent = {"csrf_token": cast.ben.csrf_token()}
    assert "Ask to store a method" not in cast.ben.get(tab_of(cleo))
    cast.ben.get(f"/staff/contacts/{cleo.public_id}/payment-method-requests/new", status=403)
    cast.ben.post(f"/staff/payment-method-requests/{asked.public_id}/withdrawal", sent, status=403)
    assert as_now(asked).withdrawn_at is None


def test_P8_the_consent_is_kept_with_text_time_and_address_and_can_be_printed(
    cleo: Contact, accounts: DemoAccounts, cast: Cast
) -> None:
    asked = ask_for(cleo, accounts.operating)
    storer = Storer(cast.sol.app, asked, accounts.operating.processor_account)
    storer.store(number="000123456789", method="bank")
    page = cast.ben.click(cast.ben.get(tab_of(cleo)), f"Consent {as_now(asked).label}")
    with db.read() as session:
        method = session.scalars(select(StoredMethod)).one()
    for shown in (method.consent_text, storer.ip_address, "Test browser", "Cleo Vance"):
        assert shown in page
    assert "Authorization to withdraw from a bank account" in page
    stranger = cast.sol.get(f"/staff/payment-methods/{method.public_id}/consent")
    assert method.consent_text not in stranger
