"""The QR code of a link, as staff see, download and print it (FEATURES L6)."""

import io

import pytest
import zxingcpp
from PIL import Image

from tests.payments.links.conftest import Given
from tests.payments.links.desk import ACCOUNTS, NEW_CHARGE, card, fetched, in_place, retire
from tests.support.cast import Cast


def test_L6_the_code_of_an_account_reads_back_to_its_link(cast: Cast, given: Given) -> None:
    for public_id in (given.operating, given.trust):
        answer = cast.ben.get(f"{ACCOUNTS}/{public_id}/qr-code.png")
        image = Image.open(io.BytesIO(answer.response.data)).convert("L")
        assert [code.text for code in zxingcpp.read_barcodes(image)] == [given.url(public_id)]


def test_L6_the_code_comes_as_a_page_of_its_own_and_as_a_dialog(cast: Cast, given: Given) -> None:
    page = cast.ben.get(NEW_CHARGE)
    button = card(page, given.trust).select_one(f"#qr-{given.trust}")
    assert button is not None
    whole = cast.ben.get(str(button["href"]))
    fragment = in_place(cast.ben, str(button["hx-get"]))
    assert whole.is_whole
    assert not fragment.is_whole
    assert fragment.one("dialog h2").get_text() == whole.one("h1").get_text() == "QR code"
    assert "HX-Request" in whole.headers["Vary"]
    for shown in (whole, fragment):
        assert given.url(given.trust) in shown
        assert shown.one(".qr-code")["src"] == f"{ACCOUNTS}/{given.trust}/qr-code.svg"
        downloads = {str(tag["download"]).rsplit(".", 1)[1] for tag in shown.select("a[download]")}
        assert downloads == {"svg", "png"}
        assert shown.link("Print").endswith("/qr-code/print")


def test_L6_the_sheet_to_print_carries_the_firm_the_label_the_link_and_the_code(
    cast: Cast, given: Given
) -> None:
    page = cast.ben.get(f"{ACCOUNTS}/{given.trust}/qr-code/print")
    assert page.texts("h1") == ["Harlow & Reyes – client trust account"]
    for part in ("Harlow & Reyes LLP", given.url(given.trust), "1 Main Street"):
        assert part in page.text
    assert page.one("img.qr-code")["alt"] == f"QR code of {given.url(given.trust)}"
    assert "Retainer" not in page.one("main").get_text()
    assert "IOLTA Trust" not in page.one("main").get_text()


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_L6_a_code_is_asked_for_again_once_its_link_was_retired(
    cast: Cast, given: Given, kind: str
) -> None:
    address = f"{ACCOUNTS}/{given.trust}/qr-code.{kind}"
    first = cast.ada.get(address)
    assert first.headers["Cache-Control"] == "private, no-cache"
    known = {"If-None-Match": first.headers["ETag"]}
    assert fetched(cast.ada, address, known).status_code == 304
    retire(cast.ada, given.trust, "IOLTA Trust")
    assert cast.ada.get(address, headers=known).response.data != first.response.data


def test_L6_a_code_opened_by_itself_can_run_nothing(cast: Cast, given: Given) -> None:
    answer = cast.ben.get(f"{ACCOUNTS}/{given.trust}/qr-code.svg")
    assert "sandbox" in answer.headers["Content-Security-Policy"].split("; ")
