"""What the loader does on a website, and what it refuses to hear (FEATURES E1, E2)."""

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys import embedding
from tests.journeys.conftest import PATIENCE_MILLISECONDS, Visit
from tests.journeys.embedding import (
    HEAR,
    SAMPLE,
    Website,
    expect_heard,
    frame_of,
    listed,
    snippet,
)
from tests.journeys.paying import PayPage
from tests.support.browser import Product
from tests.support.source import ROOT

LOADER_BYTES_MAX = 2_000
OpenFrame = Callable[..., PayPage]
FRAMES = "[data-portal-pay] iframe"


@pytest.fixture
def refused(new_context: Callable[..., BrowserContext]) -> Callable[[], Page]:
    """A window whose browser may complain: it refuses a frame, and says so in its console."""

    def open_window(**options: object) -> Page:
        context = new_context(**options)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        page = context.new_page()
        page.add_init_script(HEAR)
        return page

    return open_window


def _page(*parts: str) -> str:
    return f"<!doctype html><html lang='en'><title>A website</title><body>{''.join(parts)}</html>"


def test_E1_the_loader_is_light() -> None:
    loader = (ROOT / "static" / "js" / "embed-v1.js").read_bytes()
    assert len(gzip.compress(loader, 9)) <= LOADER_BYTES_MAX


def test_E1_the_sample_website_holds_the_snippet_as_it_is_printed() -> None:
    page = (SAMPLE / "index.html").read_text(encoding="utf-8")
    found = embedding.SNIPPET.findall(page)
    assert len(found) == 1
    said = snippet("http://localhost:8000/pay/TOKEN").replace(' id="pay-here"', "")
    assert "".join(found[0].split()) == "".join(said.split())


def test_E2_a_website_that_is_not_listed_keeps_the_link_in_nested_frames_too(
    operating_link: str, website: Website, refused: Callable[[], Page]
) -> None:
    """Every page around the frame must be listed: a stranger's page in between, or on top."""
    with embedding.website(operating_link) as stranger:
        within = "<iframe src='{}/' width='600' height='900' title='within'></iframe>"
        website.pages["/around"] = _page(within.format(stranger.origin))
        website.pages["/around-itself"] = _page(within.format(website.origin))
        stranger.pages["/around"] = _page(within.format(website.origin))
        alone, between, on_top, twice = (refused() for _window in range(4))
        alone.goto(stranger.origin)
        alone.locator("[data-portal-pay]").scroll_into_view_if_needed()
        between.goto(f"{website.origin}/around")
        on_top.goto(f"{stranger.origin}/around")
        twice.goto(f"{website.origin}/around-itself")
        for page in (between, on_top, twice):
            inner = page.frame_locator("iframe[title=within]")
            inner.locator("[data-portal-pay]").scroll_into_view_if_needed()
        expect(alone.locator("[data-portal-state=blocked]")).to_have_count(1)
        expect(alone.locator("iframe")).to_have_count(0)
        expect_heard(alone, "blocked")
        alone.get_by_role("link", name="Pay online securely").click()
        expect(alone.get_by_label("Card number")).to_be_visible()
        for page in (between, on_top):
            inner = page.frame_locator("iframe[title=within]")
            expect(inner.locator("[data-portal-state=blocked]")).to_have_count(1)
            expect(inner.locator("iframe")).to_have_count(0)
        inner = twice.frame_locator("iframe[title=within]")
        expect(inner.locator("[data-portal-state=ready]")).to_have_count(1)


def test_E1_nothing_is_told_to_a_listed_website_other_than_the_one_that_asked(
    product: Product, operating_link: str, website: Website, refused: Callable[[], Page]
) -> None:
    with (
        embedding.website(operating_link) as other,
        listed(product.var, operating_link, other.origin),
    ):
        framed = f"{operating_link.replace('/pay/', '/embed/')}?site={website.origin}"
        hear = "addEventListener('message', ({ data }) => document.body.append(data.type))"
        script = f"<script src='/hear.js'></script><iframe src='{framed}' title='by hand'></iframe>"
        for site in (website, other):
            site.pages["/by-hand"] = _page(script)
            site.pages["/hear.js"] = hear
        page = refused()
        page.goto(f"{website.origin}/by-hand")
        expect(page.locator("body")).to_contain_text("resize")
        page.goto(f"{other.origin}/by-hand")
        expect(page.frame_locator("iframe").get_by_label("Card number")).to_be_visible()
        expect(page.locator("body")).to_have_text("")


def test_E1_messages_of_other_frames_and_origins_are_not_heard(
    operating_link: str, website: Website, framed: OpenFrame
) -> None:
    said = (
        "{source: 'portal', v: 1, type: 'succeeded', reference: 'FAKE-FAKE', status: 'completed'}"
    )
    framed_page = f"{operating_link.replace('/pay/', '/embed/')}?site={website.origin}"
    with embedding.website(operating_link) as stranger:
        stranger.pages["/"] = _page("A stranger.")
        paying = framed(website.origin)
        page, frame = paying.page, frame_of(paying.page)
        page.evaluate(
            """([stranger, ours]) => {
              for (const [id, src] of [["stranger", stranger], ["ours", ours]])
                document.body.append(Object.assign(document.createElement("iframe"), { id, src }));
            }""",
            [f"{stranger.origin}/", framed_page],
        )
        for name in ("stranger", "ours"):
            # Another origin; and the portal's own, but in a frame that the loader has not made.
            handle = page.locator(f"#{name}").element_handle()
            assert handle is not None
            other = handle.content_frame()
            assert other is not None
            expect(other.locator("body")).not_to_be_empty()
            other.evaluate(f"parent.postMessage({said}, '*')")
    for forged in (
        "{source: 'portal', v: 2, type: 'succeeded'}",
        "{source: 'other', v: 1, type: 'succeeded'}",
        "{source: 'portal', v: 1, type: 'paid'}",
        "{source: 'portal', v: 1, type: 'resize', height: '10em'}",
        "'succeeded'",
        "null",
    ):
        frame.evaluate(f"parent.postMessage({forged}, '*')")
    page.evaluate(f"postMessage({said}, '*')")
    frame.evaluate("parent.postMessage({source: 'portal', v: 1, type: 'step', step: 'last'}, '*')")
    expect_heard(page, "ready details last")


@pytest.mark.parametrize("told, height", [("1e9", 4_000), ("3", 120)])
def test_E1_the_frame_is_never_lower_than_120_px_nor_higher_than_4000(
    told: str, height: int, website: Website, framed: OpenFrame
) -> None:
    page = framed(website.origin).page
    _say(page, f"{{type: 'resize', height: {told}}}")
    expect(page.locator(FRAMES)).to_have_css("height", f"{height}px")
    for nonsense in ("NaN", "Infinity", "'600'", "null", "{}"):
        _say(page, f"{{type: 'resize', height: {nonsense}}}")
    _say(page, "{type: 'step', step: 'last'}")
    expect_heard(page, "ready details last")
    expect(page.locator(FRAMES)).to_have_css("height", f"{height}px")


def test_E1_hints_are_taken_from_the_snippet_and_from_the_link(
    product: Product, operating_link: str, visit: Visit
) -> None:
    hints = (
        'data-amount="250.00" data-reference="A &amp; B" data-locale="fr-CA" data-theme="dark"'
        ' data-max-width="500" data-min-height="40rem"'
    )
    with (
        embedding.website(f"{operating_link}?email=sol%40demo.test&amount=1", hints) as site,
        listed(product.var, operating_link, site.origin),
    ):
        page = visit()
        page.goto(site.origin)
        frame = frame_of(page)
        expect(frame.locator("html")).to_have_attribute("lang", "fr-CA")
        expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
        assert frame.locator("#amount").input_value() in ("250,00", "250.00")
        expect(frame.locator("#reference")).to_have_value("A & B")
        expect(frame.locator("#email")).to_have_value("sol@demo.test")
        element = page.locator(FRAMES)
        assert element.get_attribute("title") == "Pay Harlow & Reyes"
        assert element.get_attribute("allow") == "payment *"
        assert element.get_attribute("sandbox") is None
        width = element.evaluate("frame => frame.getBoundingClientRect().width")
        assert width == 500
        assert element.evaluate("frame => frame.style.minHeight") == "40rem"
        dark = "getComputedStyle(document.querySelector('#pay-form')).backgroundColor"
        assert frame.evaluate(dark) == "rgb(30, 33, 39)"


def test_E1_the_frame_is_built_when_the_visitor_comes_near_or_presses_or_at_once(
    operating_link: str, website: Website, visit: Visit
) -> None:
    far = "<div class='far'></div>"
    style = "<link rel='stylesheet' href='/far.css'>"
    website.pages["/far.css"] = ".far { height: 4000px }"
    website.pages["/near"] = _page(style, far, website.snippet)
    website.pages["/eager"] = _page(style, far, snippet(operating_link, 'data-loading="eager"'))
    website.pages["/button"] = _page(snippet(operating_link, 'data-mode="button"'))

    page = visit(reduced_motion="reduce")
    page.goto(f"{website.origin}/near")
    expect(page.locator("[data-portal-state=waiting]")).to_have_count(1)
    page.evaluate("new Promise((go) => requestAnimationFrame(() => setTimeout(go, 200)))")
    expect(page.locator(FRAMES)).to_have_count(0)
    page.locator("[data-portal-pay]").scroll_into_view_if_needed()
    expect(page.locator("[data-portal-state=ready]")).to_have_count(1)

    page.goto(f"{website.origin}/eager")
    expect(page.locator("[data-portal-state=ready]")).to_have_count(1)
    assert page.evaluate("scrollY") == 0, "nobody is moved to a frame that they are not in"

    page.goto(f"{website.origin}/button")
    expect(page.locator("[data-portal-state=waiting]")).to_have_count(1)
    expect(page.locator(FRAMES)).to_have_count(0)
    page.get_by_role("link", name="Pay online securely").press("Enter")
    expect(page.locator("[data-portal-state=ready]")).to_have_count(1)
    expect(page.locator(FRAMES)).to_be_focused()
    assert page.url == f"{website.origin}/button"


def test_E1_a_snippet_that_comes_later_is_found_by_scan_and_each_only_once(
    website: Website, visit: Visit
) -> None:
    website.pages["/two"] = _page(website.snippet, website.snippet.replace("pay-here", "other"))
    page = visit()
    page.goto(f"{website.origin}/two")
    expect(page.locator("[data-portal-state=ready]")).to_have_count(2)
    page.evaluate(
        """() => {
          const later = document.querySelector("[data-portal-pay]").cloneNode(true);
          later.querySelector("iframe").remove();
          delete later.dataset.portalState;
          document.body.prepend(later);
          PortalPay.scan();
          PortalPay.scan();
        }"""
    )
    expect(page.locator("[data-portal-state=ready]")).to_have_count(3)
    expect(page.locator("iframe")).to_have_count(3)


def test_E1_a_link_that_is_not_a_payment_link_of_this_portal_is_left_alone(
    operating_link: str, website: Website, visit: Visit
) -> None:
    portal = operating_link.split("/pay/")[0]
    boxes = [
        f'<div data-portal-pay><a href="{address}">Pay online securely</a></div>'
        for address in (
            operating_link.replace("localhost", "127.0.0.1"),
            f"{portal}/bills/one",
            f"{operating_link}/submit",
            "javascript:alert(1)",
        )
    ]
    website.pages["/others"] = _page(
        "<div data-portal-pay>Nothing to press.</div>", *boxes, website.snippet
    )
    page = visit()
    page.goto(f"{website.origin}/others")
    expect(page.locator("[data-portal-state=ready]")).to_have_count(1)
    expect(page.locator("iframe")).to_have_count(1)


def test_E1_without_the_loader_or_without_script_the_link_is_followed(
    operating_link: str, website: Website, visit: Visit
) -> None:
    blocking = visit()
    blocking.route("**/embed/v1.js", lambda route: route.abort("blockedbyclient"))
    without_script = visit(java_script_enabled=False)
    for page in (blocking, without_script):
        page.goto(website.origin)
        expect(page.locator("iframe")).to_have_count(0)
        page.get_by_role("link", name="Pay online securely").click()
        page.wait_for_url(operating_link)


def test_X1_a_framed_page_whose_script_is_stopped_leads_to_the_page_itself(
    operating_link: str, website: Website, visit: Visit
) -> None:
    framed_page = f"{operating_link.replace('/pay/', '/embed/')}?site={website.origin}"
    by_hand = f"<iframe src='{framed_page}' width='320' height='1500' title='by hand'></iframe>"
    website.pages["/by-hand"] = _page(by_hand)
    page = visit(java_script_enabled=False)
    page.goto(f"{website.origin}/by-hand")
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="Continue on secure page").first.click()
    page.wait_for_url(operating_link)


def _say(page: Page, message: str) -> None:
    """Out of the frame itself, as its own script would."""
    said = f"parent.postMessage({{source: 'portal', v: 1, ...{message}}}, '*')"
    frame_of(page).evaluate(said)
