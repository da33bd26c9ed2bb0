"""A payer reads Spanish, switches to French and pays; all of it is French then (FEATURES B3)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import letters
from tests.journeys.conftest import Visit
from tests.journeys.looking import look_over, pair
from tests.journeys.paying import CARD_WORKS, Pace, Payer
from tests.journeys.screens import PHONE_LIGHT, Screen
from tests.support.browser import Product
from tests.support.languages import english_left, sandbox_words, visible

BANK = "Harborlight Test Credit Union"


def all_in(page: Page, locale: str) -> None:
    """Nothing of ours that can be read here is English: the page's words and its fields'."""
    read = visible(page.content()).replace(BANK, "")  # a name is the same in every language
    assert english_left(read, locale) == []
    fields = " ".join(page.locator(".sbx, .sbx-dialog").all_inner_texts())
    ours = sandbox_words(locale[:2])
    english = [one for one, said in ours.items() if one != said]
    left = [one for one in english if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", fields)]
    assert left == [], fields


def test_B3_a_payer_reads_spanish_switches_to_french_and_pays_by_card(
    operating_link: str, product: Product, payer: Payer, visit: Visit, pace: Pace
) -> None:
    page = visit(locale="es-MX")
    pace.watch(page)
    page.goto(operating_link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pagar a ")
    expect(page.get_by_label("Número de tarjeta")).to_be_visible()
    all_in(page, "es_US")
    page.get_by_label("Su nombre").fill(payer.name)
    page.get_by_label("¿Para quién es este pago?").fill(payer.paid_for)

    page.get_by_role("link", name="Français").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Payer ")
    expect(page.get_by_label("Votre nom")).to_have_value(payer.name)
    expect(page.get_by_label("Pour qui est ce paiement?")).to_have_value(payer.paid_for)
    assert "#" not in page.url
    page.get_by_label("Montant").fill("1 250,50")
    page.get_by_label("Courriel").fill(payer.email)
    page.get_by_label("Numéro de carte").press_sequentially(CARD_WORKS)
    page.get_by_label("Date d’expiration").fill("12 / 34")
    page.get_by_label("Code de sécurité").fill("123")
    page.get_by_label("Code postal (ZIP)").fill("95814")
    all_in(page, "fr_CA")
    pace.wait()
    page.get_by_role("button", name="Vérifier le paiement").click()
    expect(page.get_by_role("heading", name="Vérifiez votre paiement")).to_be_focused()
    expect(page.locator(".total")).to_contain_text(re.compile(r"1\s250,50\s\$\sUS"))
    all_in(page, "fr_CA")

    page.get_by_role("button", name="Effectuer le paiement").click()
    page.wait_for_url("**/payments/*")
    expect(page.get_by_role("heading", level=1)).to_have_text("Merci. Votre paiement est envoyé")
    all_in(page, "fr_CA")
    reference = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", page.locator("#payment-status").inner_text())
    assert reference is not None
    expect_french_letter(product, page, reference.group(), payer)


def expect_french_letter(product: Product, page: Page, reference: str, payer: Payer) -> None:
    """The payer's email is French, and so is the page that it leads to, in a Spanish browser."""

    def mine() -> list[letters.Letter]:
        return [one for one in letters.about(product.var, reference) if one.to == payer.email]

    first = letters.wait_for(lambda: mine()[:1], 1)[0]
    assert first.subject.endswith("a été envoyé")
    assert english_left(f"{first.subject} {first.text}", "fr_CA") == []
    link = re.search(r"https?://\S+", first.text)
    assert link is not None
    page.goto(link.group())
    expect(page.locator("html")).to_have_attribute("lang", "fr-CA")
    page.get_by_role("link", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es-US")


def test_B3_P4_a_bank_account_is_connected_and_approved_in_spanish(
    operating_link: str, payer: Payer, visit: Visit, pace: Pace
) -> None:
    page = visit(PHONE_LIGHT, locale="es-US")
    pace.watch(page)
    page.goto(operating_link)
    expect(page.get_by_label("Número de tarjeta")).to_be_visible()
    for label, words in {
        "Monto": "19.50",
        "Su nombre": payer.name,
        "Correo electrónico": payer.email,
        "¿Para quién es este pago?": payer.paid_for,
    }.items():
        page.get_by_label(label).fill(words)
    page.get_by_role("button", name="Pagar con cheque electrónico (eCheck)").click()
    page.get_by_label("Nombre del titular de la cuenta").fill(payer.name)
    page.get_by_role("button", name="Elegir su banco").click()
    dialog = page.get_by_role("dialog")
    for press in ("Continuar", BANK, "Aceptar e iniciar sesión"):
        expect(dialog).to_be_visible()
        all_in(page, "es_US")
        dialog.get_by_role("button", name=press).click()
    dialog.get_by_label(re.compile(": funciona$")).check()
    all_in(page, "es_US")
    dialog.get_by_role("button", name="Conectar la cuenta").click()
    pace.wait()
    page.get_by_role("button", name="Revisar el pago").click()
    expect(page.get_by_role("heading", name="Revise su pago")).to_be_focused()
    expect(page.locator(".mandate")).to_contain_text(
        "Autorizo a Harlow & Reyes LLP a retirar $19.50"
    )
    all_in(page, "es_US")
    look_over(page)
    page.get_by_label("Apruebo este retiro de mi cuenta bancaria").check()
    page.get_by_role("button", name="Enviar el pago").click()
    page.wait_for_url("**/payments/*")
    all_in(page, "es_US")
    look_over(page)


@pytest.mark.parametrize(
    ("locale", "review", "screens"),
    [("fr-CA", "Vérifier", pair(0)), ("es-US", "Revisar", pair(1))],
)
def test_X5_B3_the_pay_page_and_its_problems_in_another_language(
    locale: str,
    review: str,
    screens: tuple[Screen, ...],
    operating_link: str,
    visit: Visit,
    pace: Pace,
) -> None:
    """Each language at each width and in each theme; every width in every theme between them."""
    page = visit(locale=locale)
    pace.watch(page)
    page.goto(operating_link)
    expect(page.locator("#card-element .sbx")).to_be_visible()
    look_over(page, screens)
    pace.wait()
    page.get_by_role("button", name=review).click()
    expect(page.locator("#error-summary")).to_be_focused()
    all_in(page, locale.replace("-", "_"))
    look_over(page, screens)
    page.goto("/nowhere")
    look_over(page)
    all_in(page, locale.replace("-", "_"))
