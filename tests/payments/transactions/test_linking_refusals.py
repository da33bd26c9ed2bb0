"""What the linking of a payment refuses: each with a sentence, and nothing is posted."""

from payments.accounts.models import AccountKind
from payments.transactions.states import Status
from portal.clients.models import Contact, Matter
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.office import (
    LIST,
    address,
    bill,
    books_hold,
    chosen,
    in_place,
    link_to,
    linked_to,
    previewed,
)
from tests.support.cast import Cast


def test_S7_a_forged_box_on_trust_money_is_refused(cast: Cast, till: Till, lease: Matter) -> None:
    bill(till, (lease, 10_000))
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000, kind=AccountKind.TRUST)
    page = previewed(cast.ana, till, payment_id, lease)
    refused = cast.ana.submit(page, "Link payment", apply="yes", status=422)
    assert "It pays a bill only through Pay from trust." in refused.texts("#link-problem")[0]
    assert refused.title.startswith("Error:")
    assert not linked_to(till, payment_id)


def test_a_second_press_finds_the_payment_linked_and_posts_nothing_more(
    cast: Cast, till: Till, cleo: Contact
) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    page = previewed(cast.ana, till, payment_id, cleo)
    cast.ana.submit(page, "Link payment")
    again = cast.ana.submit(page, "Link payment", status=409)
    assert "linked already" in again.texts("#link-problem")[0]
    assert again.link("Change link").endswith(address(till, payment_id, "link/change"))
    part = in_place(cast.ana, address(till, payment_id))
    assert "This payment is linked already." in part
    assert part.select("#link-choice") == []
    books_hold()


def test_S3_bills_that_changed_since_the_preview_are_shown_anew(
    cast: Cast, till: Till, lease: Matter, cleo: Contact
) -> None:
    bill(till, (lease, 10_000))
    mine = till.bring_to(Status.COMPLETED, cents=10_000)
    other = till.bring_to(Status.COMPLETED, cents=4_000)
    page = previewed(cast.ana, till, mine, cleo)
    link_to(till, other, cleo, apply=True)
    stale = cast.ana.submit(page, "Link payment", status=409)
    assert "The bills have changed since this was shown." in stale.texts("#link-problem")[0]
    assert "$60.00 $60.00 $0.00" in stale.texts("#preview-bills tbody tr")[0]
    assert not linked_to(till, mine)
    assert "$60.00 paid bills." in cast.ana.submit(stale, "Link payment")
    books_hold()


def test_nothing_is_paid_that_was_not_shown(
    cast: Cast, till: Till, lease: Matter, cleo: Contact
) -> None:
    bill(till, (lease, 10_000))
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)
    sent = {"to": chosen(cleo), "apply": "yes", "csrf_token": cast.ana.csrf_token()}
    cast.ana.post(address(till, payment_id), sent, status=409)
    assert not linked_to(till, payment_id)


NO_SUCH = ("contact:nobody", "contact", "matter:nothing", "contact:", "matter:' OR 1=1")
UNREADABLE = ("", "other", "nobody", "cleo", "bill:1", "\0", "x" * 5_000)


def test_forged_choices_are_refused_with_a_sentence(cast: Cast, till: Till) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    here, token = address(till, payment_id), cast.ana.csrf_token()
    for to in NO_SUCH:
        assert "There is no such" in cast.ana.post(
            here, {"to": to, "apply": "no", "csrf_token": token}, status=404
        )
        cast.ana.get(f"{here}?to={to}", status=404)
    for to in UNREADABLE:
        page = cast.ana.post(here, {"to": to, "apply": "no", "csrf_token": token}, status=422)
        assert "Choose a client or a matter." in page.texts("#error-summary")[0]
        cast.ana.ask("GET", here, query_string={"to": to})
    assert not linked_to(till, payment_id)
    cast.ana.get(f"{LIST}/nothing/link", status=404)
    cast.ana.post(f"{LIST}/nothing/link", {"csrf_token": token, "to": "x"}, status=404)


OBSTACLES = {
    Status.PENDING: "not completed yet",
    Status.ACTION_NEEDED: "not completed yet",
    Status.AUTHORIZED: "not completed yet",
    Status.FAILED: "nothing to link",
    Status.CANCELED: "nothing to link",
    Status.RETURNED: "nothing to link",
}


def test_S2_a_payment_without_money_is_refused_whatever_is_sent(
    cast: Cast, till: Till, cleo: Contact
) -> None:
    token = cast.ana.csrf_token()
    for status, sentence in OBSTACLES.items():
        payment_id = till.bring_to(status)
        page = cast.ana.get(address(till, payment_id))
        assert sentence in page, status
        assert page.select("#link-choice") == []
        sent = {"to": chosen(cleo), "apply": "no", "csrf_token": token}
        for way in ("link", "link/change"):
            refused = cast.ana.post(address(till, payment_id, way), sent, status=409)
            assert sentence in refused, (status, way)
        assert not linked_to(till, payment_id)
