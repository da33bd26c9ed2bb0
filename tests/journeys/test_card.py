"""A stranger pays by card through the printed link, from the first click to true books."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys import bookkeeping, letters, office
from tests.journeys.conftest import Visit
from tests.journeys.paying import CARD_WORKS, Payer, PayPage, line
from tests.journeys.screens import Screen, on_desk_and_phone
from tests.support.browser import Product


def _count_presses(page: Page) -> dict[str, set[str] | list[str]]:
    """Counts what the payer's hands do on every page that is shown here from now on."""
    clicks: list[str] = []
    typed: set[str] = set()

    def note(_source: object, kind: str, what: str) -> None:
        if kind == "click":
            clicks.append(what)
        else:
            typed.add(what)

    page.expose_binding("noteHand", note)
    page.add_init_script("""
      for (const kind of ["click", "input"]) {
        const note = ({ target }) => noteHand(kind, target.id || target.textContent);
        addEventListener(kind, note, true);
      }
    """)
    return {"clicks": clicks, "typed": typed}


def _pay(paying: PayPage, link: str, payer: Payer) -> str:
    paying.open(link)
    paying.type_words(payer, "1,250.50")
    paying.type_card(CARD_WORKS)
    review = paying.review()
    expect(line(review, "Amount")).to_contain_text("$1,250.50")
    expect(line(review, "Email")).to_contain_text(payer.email)
    expect(line(review, "Paying with")).to_contain_text("Visa •••• 4242")
    expect(review).to_contain_text("Your money goes to the firm's operating account.")
    reference = paying.submit()
    expect(paying.page.get_by_text("Authorized", exact=True)).to_be_visible()
    expect(paying.page.locator("#payment-status")).to_contain_text(
        "We expect the money to arrive by"
    )
    return reference


def _expect_letters(product: Product, reference: str, payer: Payer) -> None:
    sent = letters.wait_for(lambda: letters.about(product.var, reference), 4)
    assert [letter.to for letter in sent].count(office.ADA) == 2
    assert [letter.to for letter in sent].count(payer.email) == 2
    assert all(payer.paid_for not in letter.subject for letter in sent)


def _expect_receipt(receipt: Page) -> None:
    receipt.reload()
    expect(receipt.get_by_role("heading", level=1)).to_have_text("Your payment is complete")
    expect(receipt.get_by_role("heading", name="Receipt")).to_be_visible()
    expect(receipt.get_by_role("button", name="Save or print receipt")).to_be_visible()
    for paper in ("Letter", "A4"):
        assert receipt.pdf(format=paper).count(b"/Type /Page\n") == 1, f"one page of {paper}"


@on_desk_and_phone
def test_S1_L4_P3_P6_N1_a_card_payment_from_the_printed_link_to_true_books(
    screen: Screen,
    product: Product,
    operating_link: str,
    payer: Payer,
    pay_page: Callable[[Screen], PayPage],
    visit: Visit,
) -> None:
    office_page = visit(screen)
    office.sign_in(office_page)
    office_page.goto(office.TRANSACTIONS)
    office.expect_sandbox_only(office_page)

    paying = pay_page(screen)
    reference = _pay(paying, operating_link, payer)

    # Transactions was open all the time, and is never loaded again.
    office_page.evaluate("window.neverReloaded = true")
    row = office.payment_row(office_page, reference)
    expect(row).to_contain_text("Authorized")
    expect(row).to_contain_text("$1,250.50")
    expect(row).to_contain_text(payer.email)
    made = letters.wait_for(lambda: letters.about(product.var, reference), 2)
    assert {letter.to for letter in made} == {office.ADA, payer.email}

    clock_page = office_page.context.new_page()
    clock_page.goto(office.NEW_CHARGE)
    office.advance(clock_page, "1 day", times=2)
    expect(row).to_contain_text("Completed")
    assert office_page.evaluate("window.neverReloaded") is True

    _expect_letters(product, reference, payer)
    clock_page.goto("/sandbox/mail")
    mail = clock_page.locator(".mailbox li", has_text=payer.email)
    expect(mail).to_have_count(2)
    expect(mail.first).to_contain_text("complete")

    _expect_receipt(paying.page)
    bookkeeping.check_books(product)


def test_L4_a_payment_takes_three_clicks_and_eight_typed_fields(
    operating_link: str, pay_page: Callable[[], PayPage]
) -> None:
    """The link's own click, Review payment, Submit payment; the reference is optional."""
    paying = pay_page()
    counted = _count_presses(paying.page)
    paying.pay_by_card(operating_link, Payer(reference=""), "80")
    assert 1 + len(counted["clicks"]) == 3, counted
    assert len(counted["typed"]) <= 8, counted


def test_L7_a_prefilled_link_leaves_less_to_type_and_everything_to_change(
    operating_link: str, pay_page: Callable[[], PayPage]
) -> None:
    paying = pay_page()
    hints = "amount=75.00&reference=1051&name=Sol%20Stranger&email=sol%40demo.test"
    paying.open(f"{operating_link}?{hints}")
    expect(paying.page.get_by_label("Amount")).to_have_value("75.00")
    expect(paying.page.get_by_label("Email")).to_have_value("sol@demo.test")
    paying.page.get_by_label("Amount").fill("80.00")
    paying.page.get_by_label("Who is this payment for?").fill("Cleo Marsh")
    paying.type_card(CARD_WORKS)
    review = paying.review()
    expect(line(review, "Amount")).to_contain_text("$80.00")
    expect(line(review, "Reference")).to_contain_text("1051")
