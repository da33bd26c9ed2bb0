"""What a page leads to and what it is made of, read from its HTML without a browser."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

# Found by searching for it: nothing, so that the list shows how it looks when it is empty.
NOTHING = "nothing-of-this-name"
_TYPED = {"text", "search", "email", "tel", "password", "url", "date", "number"}


@dataclass(frozen=True)
class Form:
    """A form that has something to type into; `posted`, or else sent as a query."""

    action: str
    posted: bool
    typed: tuple[str, ...]


@dataclass
class Parts:
    """The addresses on a page, its dialogs' openers, its forms, and the classes that dress it."""

    links: list[str] = field(default_factory=list[str])
    openers: list[str] = field(default_factory=list[str])
    forms: list[Form] = field(default_factory=list[Form])
    made_of: set[str] = field(default_factory=set[str])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts = Parts()
        self._form: tuple[str, bool] | None = None
        self._typed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self.parts.made_of.update(f"{tag}.{one}" for one in has.get("class", "").split())
        if tag == "details":
            self.parts.made_of.add(f"details.{has.get('class', '')}")
        if tag in {"a", "link"} and has.get("href"):
            self.parts.links.append(has["href"])
        self.parts.links += [has[name] for name in ("hx-get", "src") if has.get(name)]
        if tag == "input" and has.get("value", "").startswith("http"):
            self.parts.links.append(has["value"])  # a link to be copied
        if has.get("hx-target") == "#task" and has.get("hx-get"):
            self.parts.openers.append(has["hx-get"])
        if tag == "form":
            self._form = (has.get("action", ""), has.get("method", "").lower() == "post")
            self._typed = []
        elif tag in {"input", "textarea"} and has.get("type", "text") in _TYPED and has.get("name"):
            self._typed.append(has["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form is not None:
            action, posted = self._form
            if self._typed:
                self.parts.forms.append(Form(action, posted, tuple(self._typed)))
            self._form = None


def parts_of(html: str) -> Parts:
    """Read a page."""
    reader = _Reader()
    reader.feed(html)
    return reader.parts


def is_whole(html: str) -> bool:
    """Whether it is a page, and not a fragment of one."""
    return bool(re.match(r"\s*<!doctype html>", html, re.IGNORECASE))
