"""**Change link** and **Unlink**: what is reversed and what is posted, with the reason (S8)."""

from payments.transactions.states import Status
from portal.clients.models import Contact, Matter
from tests.factories import clients
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.office import (
    address,
    bill,
    books_hold,
    link_to,
    linked_to,
    previewed,
)
from tests.support.cast import Cast


def test_S8_change_link_shows_what_is_reversed_and_posts_again(
    cast: Cast, till: Till, lease: Matter, cleo: Contact
) -> None:
    first = bill(till, (lease, 10_000))
    sol = clients.contact("Sol Ng")
    theirs = bill(till, (clients.matter(sol), 4_000))
    payment_id = till.bring_to(Status.COMPLETED, cents=12_000)
    link_to(till, payment_id, cleo, apply=True)
    one = cast.ana.get(address(till, payment_id).removesuffix("/link"))
    assert cast.ana.click(one, "Change link").address.endswith("/link/change")
    page = cast.ana.submit(
        cast.ana.click(one, "Change link"), "Preview", client_typed="Sol Ng", to=None
    )
    (reversed_row,) = page.texts("#reversed-bills tbody tr")
    assert reversed_row.startswith(f"{first.number} ")
    assert reversed_row.endswith("$100.00")
    assert "$20.00 leaves the credit of Cleo Vance." in page
    assert "$40.00 pays bills. $80.00 is left over" in page
    unsaid = cast.ana.submit(page, "Change link", status=422)
    assert "Say why" in unsaid.texts("#reason-error")[0]
    done = cast.ana.submit(page, "Change link", reason="Paid for her brother")
    assert "Linked to Sol Ng. $40.00 paid bills." in done
    assert done.texts("#paid-bills tbody tr")[0].startswith(f"{theirs.number} ")
    history = done.texts("#link-history tbody tr")
    for row, said in zip(
        history,
        ("Linked to Cleo Vance – The system", "taken back Paid for her brother Ana Moreau"),
        strict=False,
    ):
        assert said in row
    assert "Linked to Sol Ng – Ana Moreau" in history[2]
    books_hold()


def test_S8_a_link_moved_within_a_client_is_planned_as_if_it_were_taken_back(
    cast: Cast, till: Till, lease: Matter, cleo: Contact
) -> None:
    bill(till, (lease, 10_000))
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)
    link_to(till, payment_id, cleo, apply=True)
    page = previewed(cast.ana, till, payment_id, lease)
    assert "$100.00 $100.00 $0.00" in page.texts("#preview-bills tbody tr")[0]
    done = cast.ana.submit(page, "Change link", reason="It is for the lease")
    assert "$100.00 paid bills." in done
    assert "Vance lease" in done.texts("#linked-to")[0]
    books_hold()


def test_S8_unlink_gives_the_money_back_to_nobody(
    cast: Cast, till: Till, lease: Matter, cleo: Contact
) -> None:
    bill(till, (lease, 10_000))
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)
    link_to(till, payment_id, cleo, apply=True)
    page = previewed(cast.ana, till, payment_id, "nobody")
    assert "belongs to nobody, and waits as an unlinked payment" in page
    unsaid = cast.ana.submit(page, "Unlink", status=422)
    assert unsaid.one("#apply").has_attr("checked")  # nobody has unticked it
    done = cast.ana.submit(page, "Unlink", reason="Wrong client")
    assert "The payment is unlinked" in done
    assert "This payment belongs to no client yet." in done
    assert "Wrong client" in done.texts("#link-history")[0]
    assert not linked_to(till, payment_id)
    assert "This payment is not linked." in cast.ana.get(address(till, payment_id, "link/change"))
    cast.ana.submit(page, "Unlink", reason="Again", status=409)
    books_hold()
