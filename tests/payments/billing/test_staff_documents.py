"""Bills on paper as staff open them: the page, the file, the languages, and where they lead."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from payments.accounts.settings import set_online_payments
from payments.billing import actions, trust_actions
from payments.billing.handed_out import Channel, DocumentLink
from payments.billing.models import Bill
from payments.billing.requested import TrustRequest
from payments.billing.trust_details import Terms, TrustDetails
from portal.clients.models import Contact
from portal.core import config, db
from portal.firm.models import Firm
from tests.factories.billing import BEN, TODAY, Office, drafted, issued
from tests.payments.billing.desk import address
from tests.support.cast import Cast
from tests.support.pdfs import codes_on, language_of, read_in_order


def saved(cast: Cast, bill: Bill, query: str = "") -> bytes:
    return cast.ana.get(f"{address(bill, '/bill.pdf')}{query}").response.data


def links() -> list[DocumentLink]:
    with db.read() as session:
        return list(session.scalars(select(DocumentLink)))


def test_X5_a_bill_on_paper_says_the_same_on_the_page_and_in_the_file(
    cast: Cast, desk: Office
) -> None:
    bill = issued(desk, desk.cleo)
    page = cast.ana.get(address(bill, "/print"))
    text = read_in_order(saved(cast, bill))
    for said in ("Bill 1001", "Billed to", "Cleo Vance", "May 4, 2026", "Drafting", "$100.00"):
        assert said in page
        assert said in text
    assert page.html.select("nav a[href*='/staff/bills']") == []
    assert page.html.title is not None
    assert "Cleo" not in page.html.title.get_text()


def test_P1_the_code_leads_to_one_address_that_stays(cast: Cast, desk: Office) -> None:
    bill = issued(desk, desk.cleo)
    (first,) = codes_on(saved(cast, bill))
    (again,) = codes_on(saved(cast, bill, "?lang=es"))
    (link,) = links()
    assert first == again == f"{config.current().base_url}/bills/{link.token}"
    assert link.channel == Channel.CODE, "a code on paper never stores a method (P5)"
    assert first in cast.ana.get(address(bill, "/print"))


def test_P1_where_nothing_is_paid_online_no_code_is_printed(cast: Cast, desk: Office) -> None:
    bill = issued(desk, desk.cleo)
    with db.transaction() as session:
        set_online_payments(session, online=False, part_min_cents=100, by=BEN)
    assert codes_on(saved(cast, bill)) == []
    assert links() == []


def test_D1_drafts_and_void_bills_have_paper_too_and_no_code(cast: Cast, desk: Office) -> None:
    draft, void = drafted(desk, desk.cleo), issued(desk, desk.cleo)
    with db.transaction() as session:
        actions.void(session, void, reason="Twice", by=BEN)
    for bill, word, name in ((draft, "Draft", "Bill-draft.pdf"), (void, "Void", "Bill-1001.pdf")):
        answer = cast.ana.get(address(bill, "/bill.pdf")).response
        assert name in answer.headers["Content-Disposition"]
        assert word in read_in_order(answer.data)
        assert codes_on(answer.data) == []
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(DocumentLink)) == 0


@pytest.mark.parametrize(
    ("own", "query", "language"),
    [
        (None, "", "en-US"),
        ("fr_CA", "", "fr-CA"),
        ("fr_CA", "?lang=es", "es-US"),
        ("fr_CA", "?lang=xx", "fr-CA"),
    ],
)
def test_B3_paper_is_in_the_client_s_language_unless_another_is_asked_for(
    cast: Cast, desk: Office, own: str | None, query: str, language: str
) -> None:
    bill = issued(desk, desk.cleo)
    with db.transaction() as session:
        session.get_one(Firm, 1).languages = ["en_US", "fr_CA", "es_US"]
        session.get_one(Contact, desk.cleo.id).language = own
    assert language_of(saved(cast, bill, query)) == language
    page = cast.ana.get(f"{address(bill, '/print')}{query}")
    article = page.html.select_one("article")
    assert article is not None
    assert article["lang"] == language


def test_M13_the_file_tells_whose_it_is_to_nobody_but_its_reader(cast: Cast, desk: Office) -> None:
    answer = cast.ana.get(address(issued(desk, desk.cleo), "/bill.pdf")).response
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Bill-1001.pdf"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    metadata = PdfReader(io.BytesIO(answer.data)).metadata
    assert metadata is not None
    assert "Cleo" not in str(metadata)


def test_paper_of_a_bill_that_does_not_exist_is_not_found(cast: Cast, desk: Office) -> None:
    for paper in ("print", "bill.pdf"):
        cast.ana.get(f"/staff/bills/nothing/{paper}", status=404)


def requested(desk: Office) -> TrustRequest:
    """An issued trust request of Cleo's first matter."""
    with db.transaction() as session:
        terms = Terms(250_000, TODAY + timedelta(days=30))
        wanted = TrustDetails(desk.cleo.id, desk.cleo.matters[0], desk.accounts.trust.id, terms)
        draft = trust_actions.draft_trust_request(session, wanted, by=BEN)
        return trust_actions.issue(session, draft, on=TODAY, shown=draft.version, by=BEN)


def test_D2_a_trust_request_has_paper_whose_code_pays_into_trust(cast: Cast, desk: Office) -> None:
    asked = requested(desk)
    there = f"/staff/trust-requests/{asked.public_id}"
    page = cast.ana.get(f"{there}/print")
    answer = cast.ana.get(f"{there}/trust-request.pdf").response
    name = f"Trust-request-{asked.number}.pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    text = read_in_order(answer.data)
    for said in (f"Trust request {asked.number}", "It is not a bill.", "$2,500.00"):
        assert said in page
        assert said in text
    (link,) = links()
    assert link.bank_account_id == desk.accounts.trust.id
    assert codes_on(answer.data) == [f"{config.current().base_url}/trust-requests/{link.token}"]


def test_D7_the_pages_of_bills_and_trust_requests_lead_to_their_paper(
    cast: Cast, desk: Office
) -> None:
    for there in (
        address(issued(desk, desk.cleo)),
        f"/staff/trust-requests/{requested(desk).public_id}",
    ):
        page = cast.ana.get(there)
        button = page.html.find("a", href=f"{there}/print")
        assert button is not None
        assert "Print or save as PDF" in button.get_text()
