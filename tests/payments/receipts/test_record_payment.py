"""**Create New → Record Payment**, as each of the firm's people finds it."""

from typing import Any

import pytest
from sqlalchemy import func, select

from payments.receipts.models import Receipt
from portal.core import db
from tests.factories.billing import Asked, Line, Office, issued
from tests.factories.clients import contact
from tests.payments.receipts.desk import (
    NEW,
    account_id,
    cleo_of,
    due_in,
    matter_key,
    opened,
    previewed,
    receipts,
    record,
    state,
)
from tests.support.cast import Cast


def test_S5_record_payment_stands_in_create_new_for_those_who_may(
    cast: Cast, office: Office
) -> None:
    """FEATURES S5, N9: what a user's level does not cover is not offered."""
    for name, offered in (("ana", True), ("ada", True), ("ben", False)):
        page = getattr(cast, name).get("/staff/alerts")
        assert ("Record Payment" in page.texts(".staff-tools .menu-item")) is offered, name
        assert "New contact" in page.texts(".staff-tools .menu-item")


def test_S5_a_client_is_found_by_typing_and_chosen(cast: Cast, office: Office) -> None:
    """FEATURES S5, X1: without script, by **Search** and a choice of those found."""
    nora = contact("Nora Quill", "nora@client.test")
    found = cast.ana.submit(cast.ana.get(NEW), "Search", client_typed="nor")
    assert "Nora Quill" in found
    page = cast.ana.submit(found, "Continue", client=f"contact:{nora.public_id}")
    assert "Check or cash received" in page
    assert "Nora Quill" in page
    assert "client_typed" not in page.address


def test_S5_without_a_client_the_first_step_says_so(cast: Cast, office: Office) -> None:
    page = cast.ana.submit(cast.ana.get(NEW), "Continue", status=422)
    assert "Choose a client or a matter." in page
    page = cast.ana.submit(page, "Search", client_typed="nobody at all")
    assert "Nothing was found. Try a shorter word." in page
    assert page.title.startswith("Error:")


def test_S3_a_cheque_pays_the_oldest_bills_first_and_the_rest_is_credit(
    cast: Cast, office: Office
) -> None:
    """FEATURES S3, S5, S6: what the preview shows is what is posted."""
    late, soon = (
        issued(office, office.cleo, due_in(30, 9_000)),
        issued(office, office.cleo, due_in(10, 20_000, 1)),
    )
    page = previewed(
        opened(cast.ana, cleo_of(office)), cast.ana, amount="300.00", number="1234", note="Mailed"
    )
    rows = [row.split() for row in page.texts("#plan-table tbody tr")]
    assert [(row[0], row[-3:]) for row in rows] == [
        (str(soon.number), ["$200.00", "$200.00", "$0.00"]),
        (str(late.number), ["$90.00", "$90.00", "$0.00"]),
    ]
    assert "$290.00 goes to bills, and $10.00 is left as credit." in page
    after = cast.ana.submit(page, "Record payment")
    assert "Check 1234 recorded: $300.00." in after
    assert f"It paid bill {soon.number} ($200.00), bill {late.number} ($90.00)." in after
    assert "$10.00 is left as credit." in after
    assert state(late) == ("paid", 9_000)
    assert state(soon) == ("paid", 20_000)
    (kept,) = receipts()
    assert (kept.number, kept.note, kept.left.cents) == ("1234", "Mailed", 1_000)


def test_S3_a_matters_cheque_pays_only_that_matters_share(cast: Cast, office: Office) -> None:
    bill = issued(office, office.cleo, Asked([Line(5_000, 0), Line(7_000, 1)]))
    key = matter_key(office.cleo.matters[1])
    page = record(cast.ana, key, amount="100.00", number="7")
    assert "$30.00 is left as credit." in page
    assert state(bill) == ("awaiting_payment", 7_000)


def test_S5_unticked_all_of_it_stays_as_credit(cast: Cast, office: Office) -> None:
    bill = issued(office, office.cleo)
    page = previewed(opened(cast.ana, cleo_of(office)), cast.ana, amount="50", source="cash")
    cast.ana.submit(page, "Record payment", apply=None)
    assert state(bill) == ("awaiting_payment", 0)
    (kept,) = receipts()
    assert (kept.source, kept.left.cents) == ("cash", 5_000)


def test_S7_at_a_trust_account_no_box_is_offered_and_no_bill_is_paid(
    cast: Cast, office: Office
) -> None:
    bill = issued(office, office.cleo)
    trust = account_id(office.accounts.trust)
    page = previewed(
        opened(cast.ana, cleo_of(office)), cast.ana, amount="500", number="1", account=trust
    )
    assert page.select("input[name=apply]") == []
    assert "$500.00 will be held in trust for Cleo Vance." in page
    after = cast.ana.submit(page, "Record payment")
    assert "Check 1 recorded: $500.00." in after
    assert "$500.00" in after.one("#figure-held").get_text()
    assert state(bill) == ("awaiting_payment", 0)


def test_S7_applying_trust_money_by_a_forged_form_is_refused(cast: Cast, office: Office) -> None:
    """FEATURES S7, on the server: the box was never offered."""
    issued(office, office.cleo)
    trust = account_id(office.accounts.trust)
    page = previewed(
        opened(cast.ana, cleo_of(office)), cast.ana, amount="500", number="1", account=trust
    )
    refused = cast.ana.submit(page, "Record payment", apply="yes", unasked=None, status=422)
    assert "only through Pay from trust" in refused
    assert receipts() == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"amount": "-5"}, "Enter an amount like 1,250.00."),
        ({"amount": "0"}, "Enter an amount above zero"),
        ({"amount": "CA$5"}, "This account holds USD."),
        ({"amount": "1e3"}, "Enter an amount like 1,250.00."),
        ({"number": " "}, "Enter the number of the check."),
        ({"received_on": "2999-01-01"}, "This day is still to come."),
        ({"received_on": "1999-01-01"}, "more than ten years ago"),
        ({"received_on": "soon"}, "Enter the day it was received."),
        ({"account": "none-such"}, "Choose the bank account"),
        ({"source": "bitcoin"}, "Choose check or cash."),
        ({"note": "x" * 201}, "That is too long."),
    ],
    ids=str,
)
def test_S5_what_cannot_be_recorded_is_said_beside_its_field_and_what_was_typed_stays(
    typed: dict[str, Any], sentence: str, cast: Cast, office: Office
) -> None:
    good = {"amount": "10.00", "number": "12", "note": "Kept"}
    page = previewed(opened(cast.ana, cleo_of(office)), cast.ana, **good)
    refused = cast.ana.submit(page, "Record payment", status=422, **typed)
    assert sentence in refused
    assert refused.title.startswith("Error:")
    field = next(iter(typed))
    assert refused.select(f"#error-summary a[href='#{field}']")
    assert refused.select(f"#{field}-error")
    for name, value in (good | typed).items():
        if name in good:
            assert refused.one(f"[name={name}]")["value"] == value.strip()
    assert receipts() == []


def test_S5_the_same_cheque_is_recorded_once(cast: Cast, office: Office) -> None:
    record(cast.ana, cleo_of(office), amount="10.00", number="77")
    again = record(cast.ana, cleo_of(office), status=422, amount="10.00", number="77")
    assert "This check was recorded already" in again
    assert len(receipts()) == 1


def test_M9_a_form_sent_twice_records_once(cast: Cast, office: Office) -> None:
    """FEATURES M9: a second press, or the browser's back button, is answered with a sentence."""
    page = previewed(opened(cast.ana, cleo_of(office)), cast.ana, amount="10", source="cash")
    cast.ana.submit(page, "Record payment")
    again = cast.ana.submit(page, "Record payment")
    assert "This was recorded already. It was recorded once." in again
    assert len(receipts()) == 1
    fresh = opened(cast.ana, cleo_of(office))
    cast.ana.submit(previewed(fresh, cast.ana, amount="10", source="cash"), "Record payment")
    assert len(receipts()) == 2, "the same sum of cash may come again"


def test_S3_bills_that_changed_after_the_preview_are_shown_anew_and_nothing_is_recorded(
    cast: Cast, office: Office
) -> None:
    issued(office, office.cleo)
    page = previewed(opened(cast.ana, cleo_of(office)), cast.ana, amount="250", number="5")
    sooner = issued(office, office.cleo, due_in(1, 4_000))
    shown = cast.ana.submit(page, "Record payment", status=409)
    assert "Nothing was recorded yet." in shown
    assert str(sooner.number) in shown.texts("#plan-table tbody tr")[0]
    assert receipts() == []
    cast.ana.submit(shown, "Record payment")
    assert state(sooner) == ("paid", 4_000)


def test_S3_an_amount_that_was_never_previewed_is_shown_before_it_is_recorded(
    cast: Cast, office: Office
) -> None:
    issued(office, office.cleo)
    page = opened(cast.ana, cleo_of(office))
    shown = cast.ana.submit(page, "Record payment", amount="60", number="9", status=409)
    assert "All of it, $60.00, goes to bills." in shown
    assert receipts() == []
    cast.ana.submit(shown, "Record payment")
    assert len(receipts()) == 1


def test_S3_the_preview_follows_what_is_typed_and_announces_itself(
    cast: Cast, office: Office
) -> None:
    """FEATURES S3, X1: by htmx only the preview is drawn, by the plan that is posted."""
    bill = issued(office, office.cleo)
    said = {"client": cleo_of(office), "amount": "40", "apply": "yes", "source": "cash"}
    said["account"] = account_id(office.accounts.operating)
    answer = cast.ana.ask("GET", "/staff/receipts/preview", query_string=said, htmx=True)
    assert not answer.is_whole
    assert [row.split()[0] for row in answer.texts("#plan-table tbody tr")] == [str(bill.number)]
    assert answer.one("#preview-announced").get_text() == "All of it, $40.00, goes to bills."
    said["account"] = account_id(office.accounts.trust)
    answer = cast.ana.ask("GET", "/staff/receipts/preview", query_string=said, htmx=True)
    assert answer.select("input[name=apply]") == []
    back = {**said, "account": account_id(office.accounts.operating), "unasked": "yes"}
    del back["apply"]
    answer = cast.ana.ask("GET", "/staff/receipts/preview", query_string=back, htmx=True)
    assert answer.one("input[name=apply]").has_attr("checked")


def test_S5_a_client_that_does_not_exist_is_missing(cast: Cast, office: Office) -> None:
    page = opened(cast.ana, cleo_of(office))
    for key in ("contact:none", "matter:none", "", "nonsense"):
        cast.ana.submit(page, "Record payment", client=key, amount="1", number="1", status=404)
        assert receipts() == []
    cast.ana.get(f"/staff/receipts/credit?client={cleo_of(office)}&account=x", status=404)


def test_N9_only_the_accounts_level_and_administrators_record_payments(
    cast: Cast, office: Office
) -> None:
    """FEATURES N9, on the server: all four of the cast, and a stranger."""
    expected = {"ada": 200, "ana": 200, "ben": 403, "cleo": 303, "sol": 303}
    for name, person in cast.everybody.items():
        for path in ("new", "preview", "credit"):
            address = f"/staff/receipts/{path}?client={cleo_of(office)}"
            page = person.ask("GET", address, follow=False, status=None)
            allowed = {404} if path == "credit" and expected[name] == 200 else {expected[name]}
            assert page.status in allowed, (name, path)
    token = cast.ben.csrf_token()
    sent = {"csrf_token": token, "client": cleo_of(office), "amount": "5", "source": "cash"}
    cast.ben.post("/staff/receipts", sent, status=403)
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Receipt)) == 0
