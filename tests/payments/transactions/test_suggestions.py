"""Whose a payment may be: ranked, each with its reasons in words (FEATURES S2)."""

from typing import Any

import pytest

from payments.transactions import queries
from payments.transactions.naming import named_in
from payments.transactions.states import Status
from payments.transactions.suggestions import Suggestion, suggestions
from portal.clients.access import NOTHING_CLOSED
from portal.core import db
from tests.factories import clients
from tests.payments.transactions.conftest import Till
from tests.payments.transactions.office import bill, link_to
from tests.support.statements import statements

pytestmark = pytest.mark.both_databases


def suggested(till: Till, limit: int = 5, **said: Any) -> list[Suggestion]:
    """What is suggested for a payment of a stranger who typed this."""
    values = {"name": "Pat Payer", "payer_email": "pat@payer.test", "paid_for": "", **said}
    public_id = till.payment(till.bring_to(Status.COMPLETED, **values)).public_id
    with db.read() as session:
        payment = queries.by_public_id(session, public_id, NOTHING_CLOSED)
        assert payment is not None
        return suggestions(session, payment, NOTHING_CLOSED, limit)


def told(found: list[Suggestion]) -> list[tuple[str, str | None, tuple[str, ...]]]:
    """Each as (client, matter's number, reasons)."""
    return [
        (one.target.client.name, one.target.matter and one.target.matter.number, one.reasons)
        for one in found
    ]


def test_S2_a_stranger_is_suggested_to_nobody(books: Till) -> None:
    clients.contact("Cleo Vance", "cleo@client.test")
    assert suggested(books) == []


def test_S2_the_same_email_says_so_however_it_is_cased(books: Till) -> None:
    clients.contact("Cleo Vance", "Cleo@Client.test")
    assert told(suggested(books, payer_email="cleo@client.TEST")) == [
        ("Cleo Vance", None, ("Same email as Cleo Vance",))
    ]


def test_S2_a_name_is_like_another_without_accents_and_in_any_order(books: Till) -> None:
    clients.contact("Élodie Roy")
    for name in ("elodie roy", "ROY, Élodie"):
        assert told(suggested(books, name=name)) == [
            ("Élodie Roy", None, ("The payer's name is like Élodie Roy",))
        ]
    assert told(suggested(books, paid_for="Elodie Roy")) == [
        ("Élodie Roy", None, ("“Paid for” names Élodie Roy",))
    ]


def test_S2_an_amount_that_equals_a_bill_names_the_bill_and_its_matter(books: Till) -> None:
    lease = clients.matter(clients.contact("Cleo Vance"), number="00012")
    number = bill(books, (lease, 12_500)).number
    bill(books, (lease, 40_000))
    assert told(suggested(books, cents=12_500)) == [
        ("Cleo Vance", "00012", (f"The amount equals bill {number}",))
    ]
    assert suggested(books, cents=12_501) == []


def test_S2_an_amount_that_equals_the_whole_balance_of_a_likely_client_says_so(
    books: Till,
) -> None:
    cleo = clients.contact("Cleo Vance", "cleo@client.test")
    lease, estate = clients.matter(cleo, "Lease"), clients.matter(cleo, "Estate")
    bill(books, (lease, 10_000))
    bill(books, (estate, 20_000))
    assert told(suggested(books, cents=30_000, payer_email="cleo@client.test")) == [
        (
            "Cleo Vance",
            None,  # two matters
            ("Same email as Cleo Vance", "The amount equals the client's whole balance"),
        )
    ]


def test_S2_what_is_paid_already_does_not_count(books: Till) -> None:
    cleo = clients.contact("Cleo Vance")
    lease = clients.matter(cleo)
    bill(books, (lease, 10_000))
    link_to(books, books.bring_to(Status.COMPLETED, cents=4_000, name="X Y"), cleo, apply=True)
    assert suggested(books, cents=10_000) == []
    ((name, _matter, reasons),) = told(suggested(books, cents=6_000))
    assert (name, len(reasons)) == ("Cleo Vance", 1)


def test_S7_an_amount_says_nothing_about_money_into_trust(books: Till) -> None:
    lease = clients.matter(clients.contact("Cleo Vance"))
    bill(books, (lease, 12_500))
    assert suggested(books, cents=12_500, kind="trust") == []


@pytest.mark.parametrize("typed", ["{}", "Invoice #{}", "INV-{}", "bill {}, thank you", "({})"])
def test_S2_a_bill_named_by_number_is_found(books: Till, typed: str) -> None:
    lease = clients.matter(clients.contact("Cleo Vance"), number="00012")
    number = bill(books, (lease, 12_500)).number
    reference = typed.format(number)
    assert told(suggested(books, payer_reference=reference)) == [
        ("Cleo Vance", "00012", (f"The payer's reference names bill {number}",))
    ]
    assert told(suggested(books, paid_for=reference)) == [
        ("Cleo Vance", "00012", (f"“Paid for” names bill {number}",))
    ]


def test_S2_a_matter_named_by_number_is_found_and_a_bill_of_two_matters_suggests_the_client(
    books: Till,
) -> None:
    cleo = clients.contact("Cleo Vance")
    lease, estate = clients.matter(cleo, number="00012"), clients.matter(cleo, number="A-7/b")
    assert told(suggested(books, payer_reference="re: A-7/B.")) == []
    assert told(suggested(books, payer_reference="re A-7/b.")) == [
        ("Cleo Vance", "A-7/b", ("The payer's reference names matter A-7/b",))
    ]
    number = bill(books, (lease, 10_000), (estate, 5_000)).number
    assert told(suggested(books, payer_reference=str(number))) == [
        ("Cleo Vance", None, (f"The payer's reference names bill {number}",))
    ]


def test_S2_numbers_in_dates_sums_and_words_name_no_bill() -> None:
    for typed in (
        "2026-11-22",
        "$250",
        "250.00",
        "1,250",
        "call 503-555-0100",
        "7th",
        "a7",
        "0042",
    ):
        assert named_in(("", typed)).bills == {}, typed
    assert list(named_in(("", " ".join(str(n) for n in range(1, 99)))).bills) == list(range(1, 21))
    assert named_in(("", "9999999999")).bills == {}


def test_S2_earlier_payments_of_the_same_email_lead_to_where_they_were_linked(
    books: Till,
) -> None:
    cleo = clients.contact("Cleo Vance")
    lease = clients.matter(cleo, number="00012")
    mother: dict[str, Any] = {"name": "Rosa Vance", "payer_email": "rosa@payer.test"}
    for _time in range(2):
        link_to(books, books.bring_to(Status.COMPLETED, **mother), cleo, lease)
    assert told(suggested(books, **mother)) == [
        ("Cleo Vance", "00012", ("2 earlier payments with this email were linked here",))
    ]
    link_to(books, books.bring_to(Status.COMPLETED, **mother), cleo)
    ((_name, matter, _reasons),) = told(suggested(books, **mother))
    assert matter is None  # once at client level: not about one matter only


def test_S2_a_matter_of_somebody_likely_is_known_by_its_words(books: Till) -> None:
    cleo = clients.contact("Cleo Vance", "cleo@client.test")
    clients.matter(cleo, "Vance lease", number="00012")
    clients.matter(cleo, "Estate", number="00013")
    said: dict[str, Any] = {"payer_email": "cleo@client.test", "paid_for": "the Vance lease, May"}
    assert told(suggested(books, **said)) == [
        (
            "Cleo Vance",
            "00012",
            ("Same email as Cleo Vance", "The payer names the matter Vance lease"),
        )
    ]


def test_S2_reasons_add_up_and_the_likeliest_stands_first(books: Till) -> None:
    cleo = clients.contact("Cleo Vance", "cleo@client.test")
    clients.contact("Cleo Vance Senior", "cleo@client.test")
    number = bill(books, (clients.matter(cleo), 12_500)).number
    found = suggested(
        books,
        cents=12_500,
        name="Cleo Vance",
        payer_email="cleo@client.test",
        payer_reference=f"bill {number}",
    )
    assert [one.target.client.name for one in found] == ["Cleo Vance", "Cleo Vance Senior"]
    assert len(found[0].reasons) == 4
    assert found[0].score > found[1].score


def test_S2_ties_stand_by_name_and_only_so_many_are_told(books: Till) -> None:
    for name in ("Dora", "Ada", "Cleo", "Ben"):
        clients.contact(f"{name} Vance", "family@client.test")
    found = suggested(books, limit=3, payer_email="family@client.test")
    assert [one.target.client.name for one in found] == ["Ada Vance", "Ben Vance", "Cleo Vance"]


def test_S2_a_hundred_clients_cost_as_many_queries_as_one(books: Till) -> None:
    def cost() -> int:
        public_id = books.payment(books.made[0]).public_id
        with statements() as asked, db.read() as session:
            payment = queries.by_public_id(session, public_id, NOTHING_CLOSED)
            assert payment is not None
            suggestions(session, payment, NOTHING_CLOSED)
        return len(asked)

    cleo = clients.contact("Cleo Vance", "cleo@client.test")
    number = bill(books, (clients.matter(cleo), 25_000)).number
    books.bring_to(Status.COMPLETED, payer_reference=f"bill {number}")
    with_one = cost()
    for place in range(30):
        more = clients.contact("Cleo Vance", "cleo@client.test", note=str(place))
        bill(books, (clients.matter(more), 25_000))
    assert cost() == with_one
    assert with_one <= 25
