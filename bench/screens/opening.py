"""Bringing a page into the state that is to be looked at."""

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as TooLate

from bench.screens.flows import FLOWS
from bench.screens.looks import settle
from bench.screens.visits import MISTAKE, UNFOLDED, Visit

ANSWER_MILLISECONDS_MAX = 8_000
_OPEN = """(address) => {
  const opener = [...document.querySelectorAll("[hx-get]")]
    .find((one) => one.getAttribute("hx-get") === address && one.getAttribute("hx-target"));
  for (let menu = opener.closest("details"); menu; menu = menu.parentElement.closest("details"))
    menu.open = true;
  opener.tagName === "FORM" ? opener.requestSubmit() : opener.click();
}"""
_UNFOLD = "() => { for (const one of document.querySelectorAll('details')) one.open = true; }"
# Empty where something must stand, and nonsense where something must be read.
_SEND = """(action) => {
  const form = [...document.forms].find((one) => one.getAttribute("method") === "post"
    && (one.getAttribute("action") ?? "").split("?")[0] === action.split("?")[0]);
  for (const one of form.elements) {
    if (one.type === "email" || /email/.test(one.name)) one.value = "nobody";
    else if (one.inputMode === "decimal" || one.inputMode === "numeric") one.value = "abc";
    else if (["text", "search", "tel", "url", "date", "password", "textarea"].includes(one.type))
      one.value = "";
  }
  form.noValidate = true;
  const submit = [...form.elements].find((one) =>
    one.type === "submit" && !one.disabled && !one.hasAttribute("formaction"));
  form.requestSubmit(submit);
}"""
_TOLD = "#error-summary, [aria-invalid=true], [role=alert]:not(:empty)"


class NotThere(Exception):
    """The state could not be reached; the sentence says why."""


def go(page: Page, address: str) -> None:
    """Go there. Raises NotThere where nothing or a broken page answers."""
    answer = page.goto(address)
    if answer is None or answer.status >= 500:
        raise NotThere(f"answered {answer and answer.status}")


def open_visit(page: Page, visit: Visit) -> None:
    """Go there, and open the dialog or make the mistake that the visit is about. Raises NotThere
    where that cannot be done."""
    if visit.flow:
        FLOWS[visit.flow].walk(page, visit)
    else:
        go(page, visit.address)
    settle(page)
    if visit.opener:
        page.evaluate(_OPEN, visit.opener)
        page.locator("dialog[open]").wait_for(timeout=ANSWER_MILLISECONDS_MAX)
        settle(page)
    elif visit.state == UNFOLDED:
        page.evaluate(_UNFOLD)
        settle(page)
    elif visit.state == MISTAKE:
        page.evaluate(_SEND, visit.action)
        try:
            page.locator(_TOLD).first.wait_for(timeout=ANSWER_MILLISECONDS_MAX)
        except TooLate:
            raise NotThere("nothing in this form can be refused") from None
        settle(page)
