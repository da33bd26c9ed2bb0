"""Finding every screen, and what of it is to be looked at."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from playwright.sync_api import Browser

from bench.screens.addresses import NOTHING_NEW_MAX, Map, Walk
from bench.screens.flows import flows
from bench.screens.site import ADA, CLEO, FOUNDER, NORA, STRANGER, Site
from bench.screens.visits import (
    EMPTY,
    LOCALES,
    OPENED,
    Visit,
    as_opened,
    dialogs,
    mistakes,
    unfolded,
)

# Where a stranger may begin without having been sent anything.
DOORS = (
    "/sandbox/mail",
    "/sign-in",
    "/staff/sign-in",
    "/staff/forgotten-password",
    "/staff/forgotten-password/not-a-link",
    "/staff/new-password-set",
    "/sign-in/code",
)
NOWHERE = {"errors.public": "/nowhere", "errors.staff": "/staff/nowhere", "errors.link": "/pay/no"}
# One email looks like the other, but each leads somewhere else.
MAILBOX_PATIENCE = 30
SURFACES = {ADA: "staff", CLEO: "client", NORA: "client"}
# Where a client comes once, from an invitation.
WELCOME = ("/portal/welcome",)
# Nobody but the firm's own people reads these.
ENGLISH_ONLY = ("firm_sign_in.", "joining.", "outbox_mailbox.", "own_sign_in.", "errors.staff")


@dataclass(frozen=True)
class Found:
    """Who has seen which screens, and how each address is named."""

    map: Map
    walks: dict[str, Walk]

    def screens(self) -> set[str]:
        """The endpoints of all."""
        return {screen for walk in self.walks.values() for screen in walk.seen}


def explore(browser: Browser, site: Site) -> Found:
    """Let everybody follow every link that they are shown."""
    map, walks = Map(site.app, site.base_url), dict[str, Walk]()
    handed_on = [*DOORS, *site.public_places]
    for who, surface in SURFACES.items():
        start = f"/{'portal' if surface == 'client' else surface}/"
        near = [start, *(site.places if surface == "staff" else WELCOME)]
        walks[who] = _walk(browser, site, map, who, surface, near)
        handed_on += walks[who].elsewhere
    walks[STRANGER] = _walk(browser, site, map, STRANGER, "public", handed_on)
    return Found(map, walks)


def explore_new_firm(browser: Browser, site: Site) -> Found:
    """The same of a firm in which nothing was done yet."""
    map = Map(site.app, site.base_url)
    walk = _walk(browser, site, map, FOUNDER, "staff", ["/staff/", "/staff/settings"])
    return Found(map, {FOUNDER: walk})


def _walk(
    browser: Browser, site: Site, map: Map, who: str, surface: str, begin: Iterable[str]
) -> Walk:
    context = browser.new_context(base_url=site.base_url)
    context.add_cookies(site.cookies[who])  # type: ignore[arg-type]
    get = context.request.get
    patience = MAILBOX_PATIENCE if who == STRANGER else NOTHING_NEW_MAX
    walk = Walk(map, lambda path: get(path, max_redirects=0), frozenset({surface}), patience)
    walk.begin(begin)
    context.close()
    return walk


def visits(found: Found) -> list[Visit]:
    """Everything to be looked at in the demo, the harmless first: mistakes may change something."""
    looked: list[Visit] = []
    for who, walk in found.walks.items():
        looked += as_opened(who, walk)
        looked += unfolded(who, walk)
        looked += dialogs(who, walk, found.map)
    stranger = found.walks[STRANGER]
    looked += flows(STRANGER, stranger)
    looked += [
        Visit(name, OPENED, STRANGER, at) for name, at in NOWHERE.items() if "staff" not in at
    ]
    looked.append(Visit("errors.staff", OPENED, ADA, NOWHERE["errors.staff"]))
    for who, walk in found.walks.items():
        looked += mistakes(who, walk, found.map)
    return looked


def largest(found: Found) -> list[Visit]:
    """Each screen once, at the address where there is most of it."""
    return [
        Visit(endpoint, OPENED, who, max(seen, key=lambda one: one.size).address)
        for who, walk in found.walks.items()
        for endpoint, seen in walk.seen.items()
        if who != NORA
    ]


def empty_visits(found: Found) -> list[Visit]:
    """The screens of a new firm, each as it opens."""
    walk = found.walks[FOUNDER]
    return [replace(one, state=EMPTY) for one in as_opened(FOUNDER, walk) if one.state == OPENED]


def in_other_languages(looked: list[Visit]) -> list[Visit]:
    """What clients see, in each other language."""
    read = [one for one in looked if one.person in {CLEO, NORA, STRANGER}]
    read = [one for one in read if not one.screen.startswith(ENGLISH_ONLY)]
    return [one.spoken(language) for language in LOCALES for one in read]
