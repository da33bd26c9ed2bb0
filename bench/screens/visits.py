"""What is to be looked at: each screen as it opens, its dialogs, and what it says to mistakes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bench.screens.addresses import Map, Seen, Walk, telling
from bench.screens.parts import NOTHING

OPENED, EMPTY, UNFOLDED, DIALOG = "as it opens", "empty", "unfolded", "dialog"
MISTAKE, FLOW = "mistakes", "on the way"
STATES = (OPENED, EMPTY, UNFOLDED, DIALOG, MISTAKE, FLOW)
# English is looked at first, and these only where clients look.
LOCALES = {"fr": "fr-CA", "es": "es-US"}


@dataclass(frozen=True)
class Visit:
    """One state of a screen.

    `opener` is the `hx-get` of what opens the dialog; `action` the form that is sent in with
    mistakes; `flow` the name of the way that leads there, where no address does.
    """

    screen: str
    state: str
    person: str
    address: str
    opener: str = ""
    action: str = ""
    flow: str = ""
    language: str = ""

    @property
    def key(self) -> str:
        """The same in every run of the same demo, whose addresses are new each time."""
        return f"{self.screen} · {self.state} · {self.person} · {self.flow} · {self.language}"

    def spoken(self, language: str) -> "Visit":
        """The same in another language (`fr`): of the address; in the portal of the browser."""
        if self.address.startswith("/portal/"):
            return replace(self, language=language)
        joined = "&" if "?" in self.address else "?"
        return replace(self, address=f"{self.address}{joined}lang={language}", language=language)


def as_opened(person: str, walk: Walk) -> Iterable[Visit]:
    """Each screen that somebody has seen: a few addresses of it."""
    for endpoint, seen in walk.seen.items():
        for one in telling(seen):
            state = EMPTY if NOTHING in one.address else OPENED
            yield Visit(endpoint, state, person, one.address)


def _pages(walk: Walk) -> Iterable[Seen]:
    return (one for seen in walk.seen.values() for one in telling(seen))


def unfolded(person: str, walk: Walk) -> Iterable[Visit]:
    """Screens with something to unfold of a kind that no screen before had."""
    known: set[str] = set()
    for endpoint, seen in walk.seen.items():
        for one in seen:
            folded = {name for name in one.parts.made_of if name.startswith("details.")}
            if folded - known:
                known |= folded
                yield Visit(endpoint, UNFOLDED, person, one.address)


def dialogs(person: str, walk: Walk, map: Map) -> Iterable[Visit]:
    """Each task that opens as a dialog, opened once, from the first page that has it."""
    opened: set[str] = set()
    for seen in walk.seen.values():
        for one in seen:
            for opener in one.parts.openers:
                endpoint = map.endpoint(opener)
                if endpoint is not None and endpoint not in opened:
                    opened.add(endpoint)
                    yield Visit(endpoint, DIALOG, person, one.address, opener=opener)


def mistakes(person: str, walk: Walk, map: Map) -> Iterable[Visit]:
    """Each form that is posted and has something to type, sent in with nothing right in it."""
    sent: set[str] = set()
    for one in _pages(walk):
        for form in one.parts.forms:
            endpoint = map.endpoint(form.action or one.address, "POST")
            if form.posted and endpoint is not None and endpoint not in sent:
                sent.add(endpoint)
                yield Visit(endpoint, MISTAKE, person, one.address, action=form.action)
