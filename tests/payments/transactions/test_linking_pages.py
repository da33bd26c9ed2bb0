"""The dialog that links a payment: what it shows, and what it posts."""

import re

from payments.accounts.models import AccountKind
from payments.transactions.states import Status
from portal.clients.models import Contact, Matter
from tests.factories import clients
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

CHOOSE = "Choose a client or a matter to see what will be posted."


def test_S2_link_is_offered_only_on_completed_payments_of_nobody(
    cast: Cast, till: Till, cleo: Contact
) -> None:
    for status in Status:
        till.bring_to(status, name=f"Payer {status}")
    done = till.bring_to(Status.COMPLETED, name="Payer linked")
    link_to(till, done, cleo)
    page = cast.ana.get(LIST)
    rows = {row.split(" Payer ")[1].split()[0]: row for row in page.texts("tbody tr")}
    assert [name for name, row in rows.items() if "Unlinked Link" in row] == ["completed"]
    assert "Cleo Vance" in rows["linked"].rsplit("Completed", 1)[1]
    assert page.link("Cleo Vance").endswith(f"/staff/contacts/{cleo.public_id}")


def test_S2_only_accounts_and_administrators_see_link_and_may_link(
    cast: Cast, till: Till, cleo: Contact
) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    one = address(till, payment_id).removesuffix("/link")
    for name, may in {"ada": True, "ana": True, "ben": False}.items():
        person = cast.everybody[name]
        for page in (person.get(LIST), person.get(one)):
            assert bool(page.select("[href$='/link']")) == may, name
            assert "Unlinked" in page
    for way in ("link", "link/change"):
        cast.ben.get(address(till, payment_id, way), status=403)
        sent = {"to": chosen(cleo), "apply": "no", "csrf_token": cast.ben.csrf_token()}
        cast.ben.post(address(till, payment_id, way), sent, status=403)
    assert not linked_to(till, payment_id)


def test_S3_the_preview_shows_each_bill_and_the_post_does_just_that(
    cast: Cast, till: Till, lease: Matter, cleo: Contact
) -> None:
    bills = [bill(till, (lease, 10_000), due_days=days) for days in (30, 10, 20)]
    payment_id = till.bring_to(Status.COMPLETED, cents=15_000)
    assert CHOOSE in cast.ana.get(address(till, payment_id))
    page = previewed(cast.ana, till, payment_id, cleo)
    one, two, three = (str(bills[place].number) for place in (1, 2, 0))
    shown = [re.split(r" \w+ \d+, 2026 ", row) for row in page.texts("#preview-bills tbody tr")]
    assert shown == [
        [one, "$100.00 $100.00 $0.00"],
        [two, "$100.00 $50.00 $50.00"],
        [three, "$100.00 – $100.00"],
    ]
    assert "$150.00 pays bills. Nothing is left over." in page
    done = cast.ana.submit(page, "Link payment")
    assert "Linked to Cleo Vance. $150.00 paid bills." in done
    assert [row.split()[0] for row in done.texts("#paid-bills tbody tr")] == [one, two]
    assert "$50.00 $50.00" in done.texts("#paid-bills tbody tr")[1]
    assert "Nothing is left over." in done.texts("#payment-left")
    assert done.link(one).endswith(f"/staff/bills/{bills[1].public_id}")
    books_hold()


def test_S6_what_is_left_over_is_said_and_stays_as_credit(
    cast: Cast, till: Till, lease: Matter, cleo: Contact
) -> None:
    bill(till, (lease, 10_000))
    payment_id = till.bring_to(Status.COMPLETED, cents=15_000)
    page = previewed(cast.ana, till, payment_id, cleo)
    assert "$50.00 is left over and stays as credit of Cleo Vance in Harlow operating." in page
    done = cast.ana.submit(page, "Link payment")
    assert "$50.00 is left as credit of Cleo Vance." in done
    books_hold()


def test_S5_unticked_nothing_is_paid(cast: Cast, till: Till, lease: Matter, cleo: Contact) -> None:
    bill(till, (lease, 10_000))
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)
    page = cast.ana.get(address(till, payment_id))
    assert page.one("#apply").has_attr("checked")  # S3: ticked by default
    page = previewed(cast.ana, till, payment_id, cleo, apply=None)
    assert not page.one("#apply").has_attr("checked")
    assert "No bill is paid. $100.00 stays as credit of Cleo Vance" in page
    done = cast.ana.submit(page, "Link payment")
    assert done.select("#paid-bills") == []
    assert "$100.00 is left as credit" in done


def test_S3_S4_a_matter_pays_only_its_own_bills(
    cast: Cast, till: Till, lease: Matter, cleo: Contact
) -> None:
    estate = clients.matter(cleo, "Estate", number="00013")
    bill(till, (lease, 10_000), due_days=5)
    mine = bill(till, (estate, 8_000), due_days=9)
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000)
    page = previewed(cast.ana, till, payment_id, estate)
    (row,) = page.texts("#preview-bills tbody tr")
    assert row.startswith(f"{mine.number} ")
    assert "credit of 00013 Estate, matter of Cleo Vance" in page
    done = cast.ana.submit(page, "Link payment")
    assert "Cleo Vance , 00013 Estate" in done.texts("#linked-to")[0]
    row = cast.ana.get(LIST).texts("tbody tr")[0]
    assert "Cleo Vance 00013 Estate" in row


def test_S7_trust_money_is_held_and_the_box_is_not_offered(
    cast: Cast, till: Till, lease: Matter
) -> None:
    bill(till, (lease, 10_000))
    payment_id = till.bring_to(Status.COMPLETED, cents=10_000, kind=AccountKind.TRUST)
    page = cast.ana.get(address(till, payment_id))
    assert page.select("#apply") == []
    assert "Apply payment to invoices" not in page
    page = previewed(cast.ana, till, payment_id, lease)
    held = "$100.00 is held in trust for 00012 Vance lease, matter of Cleo Vance."
    assert held in page
    done = cast.ana.submit(page, "Link payment")
    assert "$100.00 went to the trust ledger of Cleo Vance." in done
    books_hold()


def test_S2_suggestions_come_first_each_with_its_reasons(
    cast: Cast, till: Till, lease: Matter
) -> None:
    number = bill(till, (lease, 25_000)).number
    payment_id = till.bring_to(Status.COMPLETED, cents=25_000)
    page = cast.ana.get(address(till, payment_id))
    first = page.texts(".suggestions .choice")[0]
    assert first.startswith("00012 Vance lease, matter of Cleo Vance")
    for reason in ("Same email as Cleo Vance", f"The amount equals bill {number}"):
        assert reason in first
    assert page.select("[name=to][checked]") == []  # nobody is chosen for anybody
    assert page.select("#link-submit") == []


def test_S2_somebody_else_is_found_by_typing_without_script(
    cast: Cast, till: Till, lease: Matter
) -> None:
    payment_id = till.bring_to(Status.COMPLETED, name="Pat Payer")
    page = cast.ana.get(address(till, payment_id))
    nobody = cast.ana.submit(page, "Preview", client_typed="nobody of this name")
    assert "Nothing was found." in nobody.texts("#client-error")[0]
    found = cast.ana.submit(page, "Search", client_typed="vance")
    assert CHOOSE in found
    picked = cast.ana.submit(found, "Preview", client=chosen(lease))
    assert "00012 Vance lease, matter of Cleo Vance" in picked
    assert picked.one("#client")["value"] == "00012 Vance lease"
    assert "Linked to 00012 Vance lease" in cast.ana.submit(picked, "Link payment")


def test_X1_the_dialog_is_a_page_or_a_fragment_and_the_preview_a_part_of_it(
    cast: Cast, till: Till, cleo: Contact
) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    here = address(till, payment_id)
    whole = cast.ana.get(here)
    assert whole.is_whole
    assert "Transactions" in whole.texts(".staff-sub [aria-current]")
    dialog = in_place(cast.ana, here)
    assert not dialog.is_whole
    assert dialog.one("dialog#link-dialog form#link-confirm")["hx-post"] == here
    choice = dialog.one("#link-choice")
    assert (choice["hx-get"], choice["hx-target"], choice["hx-trigger"]) == (
        here,
        "#link-preview",
        "change",
    )
    part = cast.ana.ask(
        "GET",
        f"{here}?to={chosen(cleo)}&choice=made",
        htmx=True,
        headers={"HX-Target": "link-preview"},
    )
    assert part.select("dialog, #link-choice") == []
    assert part.one("#link-preview input[name=to]")["value"] == chosen(cleo)
    assert part.one("[hx-swap-oob]").get_text(strip=True).startswith("No bill is paid.")


def test_X1_linking_in_place_empties_the_dialog_and_tells_the_page(
    cast: Cast, till: Till, cleo: Contact
) -> None:
    payment_id = till.bring_to(Status.COMPLETED)
    page = cast.ana.get(LIST)
    opener = page.one("tbody a[hx-get$='/link']")
    waiting = page.one("[hx-trigger='payment-linked from:body']")
    sent = {"to": chosen(cleo), "apply": "no", "csrf_token": cast.ana.csrf_token()}
    done = cast.ana.ask("POST", str(opener["hx-get"]), data=sent, htmx=True)
    assert done.headers["HX-Trigger"] == "payment-linked"
    assert done.select("dialog") == []
    assert "Linked to Cleo Vance." in done.texts("[hx-swap-oob='beforeend:#status']")[0]
    fresh = cast.ana.ask("GET", str(waiting["hx-get"]), htmx=True)
    assert fresh.one(f"#{opener['id']}").get_text() == "Cleo Vance"  # the focus stays in the row
    assert linked_to(till, payment_id)
