"""A fetched page, as a person reads it, and the taste that every page is held to."""

import re
from collections import Counter
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

SPACES = re.compile(r"[\s\u00a0\u202f]+")
NEEDS_NO_LABEL = {"hidden", "submit", "button", "image", "reset"}


def words(text: str) -> str:
    """The text with every run of spaces, non-breaking ones included, as one space."""
    return SPACES.sub(" ", text).strip()


class Page:
    """What came back: status, headers, and the HTML by CSS selectors."""

    def __init__(self, response: Any, address: str) -> None:
        self.response = response
        self.address = address
        self.status: int = response.status_code
        self.headers = response.headers
        self.body: str = response.get_data(as_text=True) if self.is_text(response) else ""

    @cached_property
    def html(self) -> BeautifulSoup:
        """The page's tree, read when first asked for: a redirect's page is looked at by nobody."""
        return BeautifulSoup(self.body, "html.parser")

    @staticmethod
    def is_text(response: Any) -> bool:
        """Whether the body is text at all."""
        return response.mimetype.startswith("text/") or "json" in response.mimetype

    @property
    def is_html(self) -> bool:
        """Whether this is a page or a fragment."""
        return self.response.mimetype == "text/html"

    @property
    def is_whole(self) -> bool:
        """Whether this is a whole page, not a fragment."""
        return self.html.find("html") is not None

    @property
    def text(self) -> str:
        """What a person reads."""
        return words(self.html.get_text(" "))

    @property
    def title(self) -> str:
        """The page's title."""
        return words(self.html.title.get_text()) if self.html.title else ""

    def __contains__(self, sentence: str) -> bool:
        return sentence in self.text

    def select(self, selector: str) -> list[Tag]:
        """Everything that fits a CSS selector."""
        return list(self.html.select(selector))

    def one(self, selector: str) -> Tag:
        """The one thing that fits; none or several fail."""
        found = self.select(selector)
        assert len(found) == 1, f"{len(found)} of {selector} on {self.address}: {self.text}"
        return found[0]

    def texts(self, selector: str) -> list[str]:
        """The texts of everything that fits."""
        return [words(tag.get_text(" ")) for tag in self.select(selector)]

    def link(self, label: str) -> str:
        """Where the link with this label leads."""
        for tag in self.select("a[href]"):
            if label in (words(tag.get_text(" ")), tag.get("aria-label")):
                return urljoin(self.address, str(tag["href"]))
        raise AssertionError(f"no link {label!r} on {self.address}: {self.text}")

    def form(self, button: str) -> tuple[Tag, Tag]:
        """The form that has this button, and the button."""
        for form in self.select("form"):
            for tag in form.select("button, input[type=submit]"):
                if button in (words(tag.get_text(" ")), tag.get("value"), tag.get("aria-label")):
                    return form, tag
        raise AssertionError(f"no button {button!r} on {self.address}: {self.text}")


def filled_in(form: Tag, button: Tag) -> dict[str, list[str]]:
    """What a browser would send for a form as it stands, by this button."""
    sent: dict[str, list[str]] = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        if field.has_attr("disabled"):
            continue
        kind = str(field.get("type", "text")).lower()
        if kind in {"submit", "button", "image", "file"}:
            continue
        if kind in {"checkbox", "radio"} and not field.has_attr("checked"):
            continue
        for value in _values(field, kind):
            sent.setdefault(str(field["name"]), []).append(value)
    if button.get("name"):
        sent.setdefault(str(button["name"]), []).append(str(button.get("value", "")))
    return sent


def _values(field: Tag, kind: str) -> list[str]:
    if field.name == "textarea":
        return [field.get_text()]
    if field.name == "select":
        chosen = field.select("option[selected]") or field.select("option")[:1]
        return [str(option.get("value", option.get_text())) for option in chosen]
    return [str(field.get("value", "on" if kind in {"checkbox", "radio"} else ""))]


def faults(page: Page) -> list[str]:
    """What is wrong with a page, in words; empty for a good one."""
    markup = _Markup(page)
    found = [*_faults_of_headers(page), *_faults_of_markup(page, markup)]
    found += _faults_of_fields(markup)
    if page.is_whole:
        found += _faults_of_a_whole_page(page, markup)
    return found


class _Markup:
    """The tags of a page by name, read in one walk: every page of every test comes this way."""

    def __init__(self, page: Page) -> None:
        self.tags: dict[str, list[Tag]] = {}
        self.ids: Counter[str] = Counter()
        self.handlers: list[str] = []
        for tag in page.html.descendants:
            if isinstance(tag, Tag):
                self.tags.setdefault(tag.name, []).append(tag)
                self._note(tag)

    def _note(self, tag: Tag) -> None:
        for name, value in tag.attrs.items():
            if name == "id":
                self.ids[str(value)] += 1
            elif name == "style" or name.startswith("on"):
                self.handlers.append(f"<{tag.name}> has an inline {name}")

    def named(self, *names: str) -> list[Tag]:
        """Every tag of these names."""
        return [tag for name in names for tag in self.tags.get(name, [])]


def _faults_of_headers(page: Page) -> list[str]:
    policy = page.headers.get("Content-Security-Policy", "")
    found: list[str] = []
    if "default-src" not in policy or "frame-ancestors" not in policy:
        found.append("its Content-Security-Policy says no default-src or no frame-ancestors")
    if "'unsafe-" in policy:
        found.append("its Content-Security-Policy allows unsafe things")
    if page.headers.get("X-Content-Type-Options") != "nosniff":
        found.append("browsers may guess its type (no nosniff)")
    return found


def _faults_of_markup(page: Page, markup: _Markup) -> list[str]:
    twice = sorted(name for name, count in markup.ids.items() if count > 1)
    found = [*(f"id {name!r} stands twice" for name in twice), *markup.handlers]
    for form in markup.named("form"):
        if not form.get("action") or str(form.get("method", "")).lower() not in {"get", "post"}:
            found.append(f"a form has no action or no method: {str(form)[:120]}")
    for script in markup.named("script"):
        if not script.has_attr("src") and "json" not in str(script.get("type", "")):
            found.append("a script stands inline")
    if markup.named("style"):
        found.append("a style sheet stands inline")
    if any(mark in page.body and mark in page.text for mark in ("{{", "{%")):
        found.append("a template mark was printed")
    return found


def _faults_of_fields(markup: _Markup) -> list[str]:
    labelled = {str(label["for"]) for label in markup.named("label") if label.has_attr("for")}
    found: list[str] = []
    for field in markup.named("input", "select", "textarea"):
        if str(field.get("type", "")).lower() in NEEDS_NO_LABEL:
            continue
        named = field.get("aria-label") or field.get("aria-labelledby")
        if not (named or field.get("id") in labelled or field.find_parent("label")):
            found.append(f"a field has no label: {str(field)[:120]}")
    images = (image for image in markup.named("img") if not image.has_attr("alt"))
    return [*found, *(f"an image has no alt: {image}" for image in images)]


def _faults_of_a_whole_page(page: Page, markup: _Markup) -> list[str]:
    found: list[str] = []
    if not page.title:
        found.append("it has no title")
    if not any(html.get("lang") for html in markup.named("html")):
        found.append("it has no language")
    headings = len(markup.named("h1"))
    if headings != 1:
        found.append(f"it has {headings} main headings")
    if len(markup.named("main")) != 1:
        found.append("it has no one <main>")
    if not any(meta.get("name") == "viewport" for meta in markup.named("meta")):
        found.append("it has no viewport")
    for tag in markup.named("link", "img"):
        address = str(tag.get("href" if tag.name == "link" else "src") or "")
        if urlsplit(address).netloc not in {"", urlsplit(page.address).netloc}:
            found.append(f"it fetches from another site: {address}")
    return found
