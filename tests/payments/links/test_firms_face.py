"""The firm's face on what strangers see of a link, and never the product's (FEATURES B2)."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from portal.core import db
from portal.firm.branding import publish
from portal.firm.demo import LOGO
from tests.payments.links.conftest import Given
from tests.payments.links.desk import ACCOUNTS, retire
from tests.support.cast import FIRM, Cast
from tests.support.source import ROOT

MARKUP = '<script>alert(1)</script> & "Sons"'
PRODUCT = re.compile(r"\bRetainer\b")
COMMENT = re.compile(r"\{#.*?#\}|/\*.*?\*/|^\s*//.*?$", re.DOTALL | re.MULTILINE)

# Read by the firm's own people alone, who know what they work with.
STAFF_ONLY = re.compile(r"(^|/)_?staff|layouts/staff|gallery")


def show(legal_name: str = FIRM.legal_name) -> None:
    with db.transaction() as session:
        details = replace(FIRM, legal_name=legal_name, address=legal_name)
        publish(session, details, LOGO, version=1, by="system")


def seen_by_strangers(cast: Cast, given: Given) -> list[tuple[str, str]]:
    """Pay page, sheet with the QR code, error page, and the page of a retired link."""
    pay = f"/pay/{given.token(given.operating)}"
    pages = [cast.sol.get(pay), cast.sol.get("/pay/nothing", status=404)]
    pages.append(cast.ada.get(f"{ACCOUNTS}/{given.operating}/qr-code/print"))
    pages.append(cast.sol.ask("POST", pay, status=None, data={"amount": "none"}))
    return [(page.address, page.body) for page in pages]


def test_B2_the_logo_stands_on_every_page_in_its_own_size(cast: Cast, given: Given) -> None:
    show()
    for address, body in seen_by_strangers(cast, given):
        (logo,) = re.findall(r'<img class="firm-logo"[^>]*>', body)
        assert 'width="292" height="56"' in logo, address
        assert f'alt="{FIRM.legal_name.replace("&", "&amp;")}"' in logo, address


def test_B2_a_name_with_markup_is_words_on_every_page(cast: Cast, given: Given) -> None:
    show(MARKUP)
    for address, body in seen_by_strangers(cast, given):
        assert "<script>alert" not in body, address
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;Sons&#34;" in body, address


def test_B2_the_products_name_stands_on_no_page(cast: Cast, given: Given) -> None:
    show()
    pages = seen_by_strangers(cast, given)
    old = f"/pay/{given.token(given.trust)}"
    retire(cast.ada, given.trust, "IOLTA Trust")
    gone = cast.sol.get(old, status=410)
    for address, body in [*pages, (old, gone.body)]:
        assert PRODUCT.search(body) is None, address


@pytest.mark.parametrize("folder, kinds", [("templates", "html txt"), ("static", "css js svg")])
def test_B2_the_products_name_stands_in_nothing_that_clients_are_sent(
    folder: str, kinds: str
) -> None:
    files = [path for kind in kinds.split() for path in (ROOT / folder).rglob(f"*.{kind}")]
    shown = [path for path in files if not STAFF_ONLY.search(_where(path))]
    assert len(shown) > 5
    named = [path for path in shown if PRODUCT.search(COMMENT.sub("", path.read_text("utf-8")))]
    assert [_where(path) for path in named] == []


def test_B2_the_products_name_stands_in_no_translation() -> None:
    catalogs = list((ROOT / "portal" / "translations").rglob("*.po"))
    assert len(catalogs) >= 2
    for catalog in catalogs:
        said = [line for line in catalog.read_text("utf-8").splitlines() if line[:1] != "#"]
        assert PRODUCT.search("\n".join(said).partition("\n\n")[2]) is None, catalog.name


def _where(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
