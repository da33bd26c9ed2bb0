"""**Disputes** as staff see them: the list, one of them, the kit and its release (FEATURES M7)."""

import io
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from payments.gateway.results import DisputeStatus
from payments.transactions.states import Status
from portal.clients.models import Contact, Matter
from portal.core import storage
from tests.factories.disputes import JPEG, PDF, PNG, add_file, disputed, the_dispute
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.office import bill, books_hold, link_to
from tests.support.cast import Cast, Person
from tests.support.page import Page

LIST = "/staff/online-payments/disputes"
SAVE, RELEASE, SEND, ADD = "Save kit", "Record the release", "Send to the bank", "Add file"
CONSENT: dict[str, Any] = {"release": "client", "note": "Letter of consent of May 4"}


@pytest.fixture
def payment_id(cast: Cast, till: Till) -> int:
    """A payment whose payer has complained."""
    made = till.bring_to(Status.COMPLETED, paid_for="The Vance divorce, matter 00012")
    disputed(till, made)
    return made


def address(payment_id: int) -> str:
    return f"{LIST}/{the_dispute(payment_id).public_id}"


def send_file(
    person: Person,
    payment_id: int,
    content: bytes,
    name: str = "a.pdf",
    *,
    field: str = "receipt",
    status: int = 422,
) -> Page:
    """Choose a file and press **Add file**. The body is made in memory: the test client's own is a
    temporary file that nobody closes."""
    form = {"csrf_token": person.csrf_token(), "field": field}
    boundary, body = encode_multipart({**form, "file": FileStorage(io.BytesIO(content), name)})
    kind = f"multipart/form-data; boundary={boundary}"
    where = f"{address(payment_id)}/files"
    return person.post(where, body, status=status, content_type=kind)


def released(person: Person, payment_id: int) -> Page:
    return person.submit(person.get(address(payment_id)), RELEASE, **CONSENT)


def kept_files(payment_id: int) -> list[str]:
    folder = f"disputes/{the_dispute(payment_id).public_id}"
    return [name for name, _at in storage.listed(folder)]


def test_M7_open_disputes_stand_with_the_days_left_the_most_urgent_first(
    cast: Cast, till: Till
) -> None:
    later = till.bring_to(Status.COMPLETED, name="Lena Later")
    sooner = till.bring_to(Status.COMPLETED, name="Sam Sooner")
    disputed(till, later, due_in_days=9)
    disputed(till, sooner, due_in_days=2)
    page = cast.ben.get(LIST)
    rows = page.texts("tbody tr")
    assert ["Sam Sooner" in row for row in rows] == [True, False]
    assert "1 day left" in rows[0]
    assert "8 days left" in rows[1]
    assert "did not make or allow this payment" in rows[0]
    assert "Needs an answer" in rows[0]
    shown = cast.ben.click(page, till.payment(sooner).reference)
    assert "The payer's bank has taken the money back" in shown
    assert "Sam Sooner" in shown


def test_M7_a_dispute_that_has_ended_stands_in_a_tab_of_its_own(cast: Cast, till: Till) -> None:
    made = till.bring_to(Status.COMPLETED)
    assert "No disputes" in cast.ben.get(LIST)
    disputed(till, made)
    disputed(till, made, status=DisputeStatus.WON, out_cents=0)
    assert "No open disputes" in cast.ben.get(LIST)
    ended = cast.ben.click(cast.ben.get(LIST), "Ended")
    assert "Won" in ended.texts("tbody tr")[0]
    assert "The money is back" in cast.ben.get(address(made))


def test_M7_a_page_of_disputes_that_none_can_begin_at_is_the_first(cast: Cast, till: Till) -> None:
    made = till.bring_to(Status.COMPLETED)
    disputed(till, made)
    disputed(till, made, status=DisputeStatus.WON, out_cents=0)
    for name in ("before", "after"):
        page = cast.ben.get(f"{LIST}?state=ended&{name}={9 * 10**19}")
        assert till.payment(made).reference in page


def test_M7_the_page_of_a_payment_leads_to_its_dispute(
    cast: Cast, till: Till, payment_id: int
) -> None:
    payment = till.payment(payment_id)
    page = cast.ben.get(f"/staff/online-payments/transactions/{payment.public_id}")
    assert cast.ben.click(page, "Open the dispute").address.endswith(address(payment_id))
    none = till.payment(till.bring_to(Status.COMPLETED)).public_id
    cast.ben.get(f"/staff/online-payments/transactions/{none}/dispute", status=404)


def test_M7_a_bill_says_that_it_is_unpaid_again_and_why(
    cast: Cast, till: Till, cleo: Contact, lease: Matter
) -> None:
    owed = bill(till, (lease, 25_000))
    made = till.bring_to(Status.COMPLETED, cents=25_000)
    link_to(till, made, cleo, lease, apply=True)
    panel = f"/staff/bills/{owed.public_id}/taken-off"
    assert "No payment was taken off this bill" in cast.ben.get(panel)
    disputed(till, made)
    said = cast.ben.get(panel)
    reference = till.payment(made).reference
    assert f"Payment {reference} was taken back by the payer’s bank in a dispute" in said
    assert "$250.00 no longer pays this bill" in said
    assert panel in str(cast.ben.get(f"/staff/bills/{owed.public_id}").html)
    disputed(till, made, status=DisputeStatus.WON, out_cents=0)
    assert "No payment was taken off this bill" in cast.ben.get(panel)
    books_hold()


def test_M7_the_kit_is_gathered_and_names_no_matter_and_nobody_but_the_payer(
    cast: Cast, till: Till, cleo: Contact, lease: Matter, payment_id: int
) -> None:
    link_to(till, till.bring_to(Status.COMPLETED), cleo, lease)
    page = cast.ana.get(address(payment_id))
    kit = " ".join(str(tag) for tag in page.select("#kit-form textarea, #kit-form input"))
    payment = till.payment(payment_id)
    for told in (payment.payer_name, payment.payer_email, payment.reference, "250.00 USD"):
        assert told in kit
    assert "the money arrived" in kit
    for secret in ("divorce", "lease", "00012", "The Vance"):
        assert secret not in kit


def test_M7_what_was_written_into_the_kit_stays_until_it_is_gathered_anew(
    cast: Cast, payment_id: int
) -> None:
    page = cast.ana.get(address(payment_id))
    saved = cast.ana.submit(page, SAVE, product_description="A consultation.\r\nIn May.")
    assert "Nothing was sent" in saved
    assert page_text(saved, "product_description") == "A consultation.\nIn May."
    assert "Nothing was changed" in cast.ana.submit(saved, SAVE)
    anew = cast.ana.submit(cast.ana.get(address(payment_id)), "Gather anew")
    assert "confidential" in page_text(anew, "product_description")


def page_text(page: Page, name: str) -> str:
    return page.one(f"#{name}").get_text().strip()


def test_M7_a_field_that_is_too_long_is_refused_and_kept_as_it_was_typed(
    cast: Cast, payment_id: int
) -> None:
    page = cast.ana.get(address(payment_id))
    long = "x" * 20_001
    refused = cast.ana.submit(page, SAVE, uncategorized_text=long, status=422)
    assert "Keep this under 20,000 characters" in refused
    assert page_text(refused, "uncategorized_text") == long
    assert the_dispute(payment_id).kit == {}


def test_M7_two_people_at_the_kit_do_not_overwrite_each_other(cast: Cast, payment_id: int) -> None:
    hers, his = cast.ana.get(address(payment_id)), cast.ada.get(address(payment_id))
    cast.ada.submit(his, SAVE, product_description="Ada's words")
    refused = cast.ana.submit(hers, SAVE, product_description="Ana's words", status=409)
    assert "has changed since you opened it" in refused
    assert page_text(refused, "product_description") == "Ana's words"
    assert the_dispute(payment_id).kit["product_description"] == "Ada's words"


def test_M7_nothing_can_be_sent_before_somebody_recorded_on_whose_word(
    cast: Cast, payment_id: int
) -> None:
    page = cast.ana.get(address(payment_id))
    assert SEND not in page
    answer = f"{address(payment_id)}/answer"
    sent = {"csrf_token": cast.ana.csrf_token()}
    assert "on whose word" in cast.ana.post(answer, sent, status=409)
    assert "Choose on whose word" in cast.ana.submit(page, RELEASE, note="Hm", status=422)
    assert "Say who decided" in cast.ana.submit(page, RELEASE, release="partner", status=422)
    long: dict[str, Any] = {"release": "partner", "note": "x" * 1_001}
    assert "under 1,000" in cast.ana.submit(page, RELEASE, **long, status=422)
    assert the_dispute(payment_id).release is None
    done = released(cast.ana, payment_id)
    assert "The client agreed that this is sent" in done
    assert "Ana Moreau" in done
    assert "Letter of consent of May 4" in done
    assert SEND in done


def test_M7_a_change_takes_the_release_back(cast: Cast, payment_id: int) -> None:
    stale = released(cast.ana, payment_id)
    cast.ada.submit(cast.ada.get(address(payment_id)), SAVE, product_description="More")
    assert the_dispute(payment_id).release is None
    assert "on whose word" in cast.ana.submit(stale, SEND, status=409)
    stale = released(cast.ana, payment_id)
    send_file(cast.ana, payment_id, PDF, status=200)
    assert the_dispute(payment_id).release is None
    released(cast.ada, payment_id)
    assert "has changed since" in cast.ana.submit(stale, SEND, status=409)
    assert the_dispute(payment_id).sent_at is None


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "empty.pdf", "This file is empty"),
        (b"<html>evidence</html>", "evidence.pdf", "not a PDF, JPEG or PNG"),
        (b"MZ" + bytes(500), "letter.pdf", "not a PDF, JPEG or PNG"),
        (PDF + bytes(5_000_000), "long.pdf", "5 MB together"),
    ],
)
def test_M7_a_file_that_a_bank_would_not_take_is_refused(
    cast: Cast, payment_id: int, content: bytes, name: str, told: str
) -> None:
    assert told in send_file(cast.ana, payment_id, content, name)
    assert kept_files(payment_id) == []


def test_M7_a_form_without_a_file_says_which_to_choose(cast: Cast, payment_id: int) -> None:
    assert "Choose a PDF, JPEG or PNG" in cast.ana.submit(
        cast.ana.get(address(payment_id)), ADD, status=422
    )
    refused = send_file(cast.ana, payment_id, PDF, field="something")
    assert "Choose what this file shows" in refused
    assert kept_files(payment_id) == []


def test_M7_files_are_judged_by_content_named_safely_and_counted_together(
    cast: Cast, payment_id: int
) -> None:
    page = send_file(cast.ana, payment_id, PNG, "../../scan\u202efdp.exe", status=200)
    assert "scanfdp.exe" in page.texts("#dispute-files tbody tr")[0]
    again = send_file(cast.ana, payment_id, JPEG, field="receipt")
    assert "There is a file for this already" in again
    most = PDF + bytes(5_000_000 - len(PDF) - len(PNG))
    over = send_file(cast.ana, payment_id, most + b"x", field="service_documentation")
    assert "5 MB together" in over
    send_file(cast.ana, payment_id, most, field="service_documentation", status=200)
    assert len(kept_files(payment_id)) == 2


def test_M7_a_file_can_be_opened_and_taken_out_again(cast: Cast, payment_id: int) -> None:
    file = add_file(the_dispute(payment_id), PDF, "Letter of José.pdf")
    page = cast.ana.get(address(payment_id))
    opened = cast.ana.http.get(page.link("Letter of José.pdf"), base_url=cast.ana.base_url)
    assert opened.get_data() == PDF
    assert opened.headers["Content-Disposition"].startswith("attachment")
    assert "The file was removed" in cast.ana.submit(page, "Remove Letter of José.pdf")
    assert kept_files(payment_id) == []
    cast.ana.get(f"{address(payment_id)}/files/{file.public_id}", status=404)


def test_M7_who_may_not_answer_sees_the_dispute_and_changes_nothing(
    cast: Cast, payment_id: int
) -> None:
    file = add_file(the_dispute(payment_id))
    page = cast.ben.get(address(payment_id))
    for button in (SAVE, RELEASE, SEND, ADD, "Accept dispute"):
        assert button not in page.texts("button, .button")
    sent = {"csrf_token": cast.ben.csrf_token()}
    ways = ("kit", "kit/anew", "release", "answer", "acceptance", "files")
    for way in (*ways, f"files/{file.public_id}/removal"):
        cast.ben.post(f"{address(payment_id)}/{way}", sent, status=403)
    cast.ben.get(f"{address(payment_id)}/files/{file.public_id}", status=403)
    assert "Sign in" in cast.sol.get(address(payment_id))


def test_M7_what_was_answered_in_stripes_own_pages_is_not_said_to_be_unanswered(
    cast: Cast, till: Till, payment_id: int
) -> None:
    disputed(till, payment_id, status=DisputeStatus.REVIEW)
    page = cast.ana.get(address(payment_id))
    assert "The bank has the evidence" in page
    assert "Nothing was sent to the bank from here." in page


def test_a_dispute_that_does_not_exist_is_not_found(cast: Cast, till: Till) -> None:
    assert "no such dispute" in cast.ana.get(f"{LIST}/nonsense", status=404)
