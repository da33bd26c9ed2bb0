"""The pages of bulk sending: choosing, looking, sending, progress and results (FEATURES D5)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from payments.billing.bulk import BulkItem, BulkSending
from portal.clients.models import ContactEmail, Matter
from portal.core import db
from tests.factories.billing import Line, Office, issued
from tests.payments.billing.bulk_desk import NEW, bills, choosing, everything, items, sent_at_once
from tests.payments.billing.desk import BILLS, now_asked
from tests.payments.billing.mailroom import CLEO, RunJobs, give_emails, requested
from tests.support.cast import Cast
from tests.support.outbox import Outbox
from tests.support.rows import count
from tests.support.statements import statements

ALL = f"{NEW}?of=bills&all=yes"
FRAGMENT = {"HX-Request": "true"}


def run_address(sending: BulkSending, query: str = "") -> str:
    return f"/staff/bulk-sendings/{sending.public_id}{query}"


def test_D5_bills_are_ticked_in_the_list_looked_at_and_sent(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO)
    first, second, _third = bills(desk, 3)
    page = cast.ben.get(BILLS)
    assert len(page.select("input[name=id][form=choose]")) == 3
    looked = cast.ben.get(choosing(first, second))
    assert looked.texts(".bulk-group-title") == ["2 by email"]
    assert count(BulkSending) == 0
    done = cast.ben.submit(looked, "Send 2", message="With thanks")
    assert "0 of 2" in done
    assert done.texts("#results .badge") == ["Waiting", "Waiting"]
    run_jobs()
    done = cast.ben.get(done.address)
    assert "2 sent." in done
    assert done.texts("#results .badge") == ["Sent", "Sent"]
    assert f"Emailed to {CLEO}." in done
    assert len(outbox.to(CLEO)) == 2
    assert all("With thanks" in email for email in outbox.to(CLEO))
    listed = cast.ben.get("/staff/bulk-sendings")
    assert "Ben Lindqvist" in listed
    assert "Done" in listed


def test_D5_two_people_who_send_the_same_send_it_once(
    cast: Cast, desk: Office, outbox: Outbox, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO)
    bills(desk, 2)
    looked = [who.get(ALL) for who in (cast.ben, cast.ada)]
    cast.ben.submit(looked[0], "Send 2")
    told = cast.ada.submit(looked[1], "Send 2", status=409)
    assert "2 could be sent then, 0 can be sent now" in told
    assert "It is being sent already, with others." in told
    assert "0 of 2" in cast.ben.submit(looked[0], "Send 2")  # whoever presses twice is shown it
    run_jobs()
    assert len(outbox.to(CLEO)) == 2
    assert "2 by email" in cast.ada.get(ALL)  # once they are sent they may be sent again


def test_D5_everything_that_matches_is_chosen_across_the_pages_of_the_list(
    cast: Cast, desk: Office
) -> None:
    give_emails(desk.cleo, CLEO)
    bills(desk, 52)
    requested(desk)
    page = cast.ben.get(f"{BILLS}?status=awaiting_payment&q=Cleo")
    looked = cast.ben.submit(page, "Send all 52 that match")
    assert looked.one("#bulk-form input[name=q]")["value"] == "Cleo"
    assert looked.texts(".bulk-group-title") == ["52 by email"]
    assert "1 to 25 of 52" in looked
    further = cast.ben.get(f"{ALL}&q=Cleo&toggles=shown&email=yes&group=email&from=50")
    assert "51 to 52 of 52" in further
    also = cast.ben.get(f"{ALL}&also=yes")
    assert also.texts(".bulk-group-title") == ["53 by email"]
    assert "Trust request 2001" in cast.ben.get(f"{NEW}?of=trust-requests&all=yes")


def test_D5_the_tabs_of_a_contact_and_a_matter_offer_their_own(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)
    bills(desk, 2)
    issued(desk, desk.cleo, now_asked(Line(100, matter=1)))
    issued(desk, desk.sol, now_asked())
    requested(desk)
    contact = cast.ben.get(f"/staff/contacts/{desk.cleo.public_id}/bills")
    looked = cast.ben.submit(contact, "Send all unpaid that match")
    assert looked.texts(".bulk-group-title") == ["3 by email"]
    asked = cast.ben.get(f"/staff/contacts/{desk.cleo.public_id}/trust-requests")
    both = cast.ben.submit(asked, "Send all unpaid that match")
    assert both.texts(".bulk-group-title") == ["1 by email"]
    whose = f"of=trust-requests&all=yes&client={desk.cleo.public_id}&also=yes"
    assert cast.ben.get(f"{NEW}?{whose}").texts(".bulk-group-title") == ["4 by email"]
    with db.read() as session:
        matter = session.get_one(Matter, desk.cleo.matters[1]).public_id
    matters = cast.ben.get(f"/staff/matters/{matter}/bills")
    looked = cast.ben.submit(matters, "Send all unpaid that match")
    assert looked.texts(".bulk-group-title") == ["1 by email"]
    whose = f"of=bills&all=yes&matter={matter}&also=yes"
    assert cast.ben.get(f"{NEW}?{whose}").texts(".bulk-group-title") == ["1 by email"]


def test_D5_what_goes_another_way_than_asked_is_said_before(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)
    bills(desk, 1)
    issued(desk, desk.cleo, now_asked(Line(100), Line(100, matter=1)))
    issued(desk, desk.sol, now_asked())
    looked = cast.ben.get(f"{ALL}&toggles=shown&portal=yes&email=yes", headers=FRAGMENT)
    assert not looked.is_whole
    assert looked.texts(".bulk-group-title") == [
        "1 by email only",
        "1 by email only",
        "1 cannot be sent",
    ]
    assert "A bill with several matters never goes through a portal." in looked
    assert "The matter has no client portal yet." in looked
    assert "The client has no email address." in looked


def test_D5_a_selection_that_changed_is_told_and_asked_again(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)
    bills(desk, 2)
    looked = cast.ben.get(ALL)
    bills(desk, 1)
    told = cast.ben.submit(looked, "Send 2", status=409, message="With thanks")
    assert "2 could be sent then, 3 can be sent now" in told
    assert "With thanks" in told
    assert count(BulkSending) == 0
    cast.ben.submit(told, "Send 3")
    assert count(BulkItem) == 3


def test_D5_toggles_that_were_not_looked_at_are_not_sent_by(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)
    bills(desk, 1)
    looked = cast.ben.get(ALL)
    told = cast.ben.submit(looked, "Send 1", status=409, portal="yes")
    assert "Look again, then send." in told
    assert told.texts(".bulk-group-title") == ["1 by email only"]
    none = cast.ben.submit(told, "Send 1", status=422, portal=None, email=None)
    assert "Choose how to send them." in none
    again = cast.ben.submit(looked, "Show what goes which way", portal="yes")
    assert again.texts(".bulk-group-title") == ["1 by email only"]
    assert count(BulkSending) == 0


def test_D5_pressing_send_twice_sends_once(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)
    bills(desk, 2)
    looked = cast.ben.get(ALL)
    first = cast.ben.submit(looked, "Send 2")
    second = cast.ben.submit(looked, "Send 2")
    assert first.address == second.address
    assert count(BulkItem) == 2


def test_D5_an_open_page_asks_for_what_is_new_and_announces_each_quarter(
    cast: Cast, desk: Office, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO)
    bills(desk, 4)
    sending = sent_at_once(everything())
    page = cast.ben.get(run_address(sending))
    poll = str(page.one("#bulk")["hx-get"])
    assert page.select("noscript meta[http-equiv=refresh]")
    cast.ben.get(poll, headers=FRAGMENT, status=204)
    run_jobs()
    news = cast.ben.get(poll, headers=FRAGMENT)
    assert "100 percent done: 4 of 4." in news
    assert not news.one("#bulk").has_attr("hx-get"), "nothing more is to come"
    assert "percent done" not in cast.ben.get(run_address(sending))


def test_D5_the_results_are_filtered_and_what_failed_is_retried(
    cast: Cast, desk: Office, run_jobs: RunJobs
) -> None:
    give_emails(desk.cleo, CLEO)
    give_emails(desk.sol, "sol@client.test")
    bills(desk, 1)
    issued(desk, desk.sol, now_asked())
    looked = cast.ben.get(ALL)
    cast.ben.submit(looked, "Send 2")
    with db.transaction() as session:
        theirs = ContactEmail.contact_id == desk.sol.id
        session.delete(session.scalars(select(ContactEmail).where(theirs)).one())
    run_jobs()
    with db.read() as session:
        sending = session.scalars(select(BulkSending)).one()
    page = cast.ben.get(run_address(sending, "?result=failed"))
    assert "Done, but 1 failed" in page
    assert page.texts("#results tbody th") == ["Bill 1002"]
    assert "This client has no email address." in page
    give_emails(desk.sol, "sol@client.test")
    again = cast.ben.submit(page, "Retry failed")
    assert "1 is sent again." in again
    run_jobs()
    assert "2 sent." in cast.ben.get(run_address(sending))
    token = {"csrf_token": cast.ben.csrf_token()}
    nothing = cast.ben.post(run_address(sending, "/tries"), token, follow=True)
    assert "Nothing has failed" in nothing


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "?of=bills",
        "?of=nothing&id=x&id=",
        "?of=bills&all=yes&due_from=soon&q=%00",
        "?of=trust-requests&all=yes&due=never&group=email&from=-5",
        f"?of=bills&id={'x' * 9_000}",
    ],
)
def test_what_cannot_be_understood_chooses_nothing_and_breaks_nothing(
    cast: Cast, desk: Office, asked: str
) -> None:
    page = cast.ben.get(f"{NEW}{asked}")
    assert "Nothing is chosen" in page or "Nothing here to send" in page


def test_a_client_or_a_sending_that_is_not_there_is_not_found(cast: Cast, desk: Office) -> None:
    cast.ben.get(f"{ALL}&client=unknown", status=404)
    cast.ben.get(f"{ALL}&matter=unknown", status=404)
    cast.ben.get("/staff/bulk-sendings/unknown", status=404)
    token = {"csrf_token": cast.ben.csrf_token()}
    cast.ben.post("/staff/bulk-sendings/unknown/tries", token, status=404)


def test_D5_looking_at_many_asks_as_little_as_looking_at_few(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)

    def queries() -> int:
        with statements() as asked:
            cast.ben.get(f"{ALL}&also=yes&toggles=shown&portal=yes&email=yes")
        return len(asked)

    bills(desk, 1)
    requested(desk)
    queries()  # the first time, what is kept between requests is read too
    few = queries()
    bills(desk, 40)
    assert queries() == few


def test_D5_due_dates_and_names_of_the_list_are_kept_to(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)
    soon = issued(desk, desk.cleo, now_asked(due_in_days=3))
    issued(desk, desk.cleo, now_asked(due_in_days=40))
    until = (soon.due_on or now_asked().due_on) + timedelta(days=1)
    looked = cast.ben.get(f"{ALL}&due_to={until.isoformat()}")
    assert looked.texts(".bulk-group tbody th") == ["Bill 1001"]
    assert "Nothing here to send" in cast.ben.get(f"{ALL}&q=Nobody")


def test_X9_the_log_says_that_many_were_sent(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)
    bills(desk, 2)
    cast.ben.submit(cast.ben.get(ALL), "Send 2")
    log = cast.ada.activity_log()
    assert "Sending of many documents started" in log
    assert "of 2 documents" in log


def test_D5_a_bill_ticked_that_is_gone_is_left_out_and_told(cast: Cast, desk: Office) -> None:
    give_emails(desk.cleo, CLEO)
    (bill,) = bills(desk, 1)
    looked = cast.ben.get(f"{choosing(bill)}&id=gone")
    assert "1 that you chose is not there any more" in looked
    cast.ben.submit(looked, "Send 1")
    assert [one.bill_id for one in items()] == [bill.id]
