"""What a screen costs: bytes and requests, and how it comes up on a slow phone (BARS "Pages").

The phone is the lab's: Chrome's own "Slow 4G" (562 ms to each answer, 1.44 Mbit/s) and a processor
four times slower, with nothing in the cache. Weights are counted as they came over the wire from a
front that compresses; the processor's script and its frames are counted apart.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from playwright.sync_api import CDPSession, Page

from bench.screens.clicks import SCREEN, Way
from bench.screens.findings import Finding
from bench.screens.opening import go
from bench.screens.report import MISSED, Row, Table, grouped, unreached, write
from bench.screens.visits import Visit

WIDTH = {"width": 400, "height": 800}
CONTEXT: dict[str, Any] = {"viewport": WIDTH, "is_mobile": True, "has_touch": True}
SLOW_4G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1.6e6 * 0.9 / 8,
    "uploadThroughput": 750e3 * 0.9 / 8,
}
FAST = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
CPU_TIMES = 4
QUIET_MILLISECONDS = 600
PROCESSOR = ("/sandbox/", "/static/js/sandbox-", "/static/css/sandbox-", "js.stripe.com")
# Asked for only where a page that is made for a frame is opened by itself.
NOT_IN_FRAMES = ("/favicon.ico",)
PAYING = {"checkout.pay", "checkout.document", "embed.pay", "method_request.show"}
WHOLE, RATIO = "{:,.0f}", "{:.3f}"
Goals = dict[str, tuple[float, str]]
# BARS: "Pages", and the two rows of weights under "Speed".
GOALS: dict[str, Goals] = {
    "pay": {"first_bytes": (24_000, WHOLE), "requests_to_read": (3, WHOLE)},
    "client": {"first_bytes": (60_000, WHOLE), "requests": (6, WHOLE)},
    "staff": {
        "first_bytes": (50_000, WHOLE),
        "again_bytes": (15_000, WHOLE),
        "fragment_bytes": (6_000, WHOLE),
    },
}
LAB: Goals = {
    "lcp": (1_800, WHOLE),
    "tbt": (100, WHOLE),
    "interactive": (2_500, WHOLE),
    "cls": (0.02, RATIO),
}
WORDS = {
    "first_bytes": "bytes, first view",
    "again_bytes": "bytes, again",
    "fragment_bytes": "bytes, HTMX answer",
    "requests": "requests",
    "requests_to_read": "requests until it can be read",
    "lcp": "LCP, ms",
    "tbt": "total blocking time, ms",
    "interactive": "interactive, ms",
    "cls": "layout shift",
}
ABOUT = (
    "Each screen once, the largest address of it, with nothing in the browser's cache, on a phone "
    "400 px wide. Bytes are bodies as a front compresses them (gzip 6), without the processor's "
    "script; *again* is the same address once more. LCP, blocking time, interactive and layout "
    "shift are those of Chrome's *Slow 4G* (562 ms before each answer, 1.44 Mbit/s) with a "
    "processor four times slower; where one is over its goal, the least of a few tries."
)
_WATCH = """
  window.lab = { lcp: 0, fcp: 0, cls: 0, long: [] };
  const seen = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note))
    .observe({ type, buffered: true });
  seen("largest-contentful-paint", (one) => { lab.lcp = one.startTime; });
  seen("paint", (one) => { if (one.name === "first-contentful-paint") lab.fcp = one.startTime; });
  seen("layout-shift", (one) => { if (!one.hadRecentInput) lab.cls += one.value; });
  seen("longtask", (one) => lab.long.push([one.startTime, one.duration]));
"""
_READ = """() => {
  const after = lab.long.filter(([start]) => start >= lab.fcp);
  const page = performance.getEntriesByType("navigation")[0];
  const busy = after.map(([start, took]) => start + took);
  return {
    lcp: lab.lcp, cls: lab.cls,
    tbt: after.reduce((sum, [, took]) => sum + Math.max(0, took - 50), 0),
    interactive: Math.max(lab.fcp, page.domContentLoadedEventEnd, ...busy),
  };
}"""
_NEEDED = {"Document", "Stylesheet", "Image", "Font"}


@dataclass(frozen=True)
class Cost:
    """Compressed bytes of ours, of the first view and of the next; requests of ours, all and
    those before the page can be read; milliseconds and layout shift on the slow phone."""

    first_bytes: int
    again_bytes: int
    requests: int
    requests_to_read: int
    fragment_bytes: int
    lcp: float
    tbt: float
    interactive: float
    cls: float


class Wire:
    """What comes over the wire: its address, its kind and the bytes of its body."""

    def __init__(self, line: CDPSession) -> None:
        self._came: list[tuple[str, str, int]] = []
        self._cached: set[str] = set()
        line.send("Network.enable")
        line.on("Network.responseReceived", self._note)
        line.on("Network.requestServedFromCache", lambda one: self._cached.add(one["requestId"]))

    def forget(self) -> None:
        """Begin anew."""
        self._came.clear()

    def _note(self, said: dict[str, Any]) -> None:
        response = said["response"]
        if response.get("fromDiskCache") or said["requestId"] in self._cached:
            return
        headers = {name.lower(): value for name, value in response["headers"].items()}
        if response["url"].startswith("http"):
            size = int(headers.get("content-length", 0))
            self._came.append((response["url"], said["type"], size))

    def ours(self) -> list[tuple[str, str, int]]:
        """All but the processor's."""
        left_out = (*PROCESSOR, *NOT_IN_FRAMES)
        return [one for one in self._came if not any(part in one[0] for part in left_out)]


def measure(page: Page, visit: Visit, tries: int) -> dict[str, Any]:
    """Open the screen on the slow phone, then once more on a fast line. Raises NotThere.

    The machine has other work: what that adds is left out by trying again, so often at most.
    """
    line = page.context.new_cdp_session(page)
    wire = Wire(line)
    page.add_init_script(_WATCH)
    told = _on_the_phone(page, line, wire, visit)
    for _again in range(tries - 1):
        if all(told[name] <= goal for name, (goal, _form) in LAB.items()):
            break
        anew = _on_the_phone(page, line, wire, visit)
        told = {name: min(value, anew[name]) for name, value in told.items()}
    first = wire.ours()
    line.send("Network.emulateNetworkConditions", FAST)
    line.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    wire.forget()
    page.goto(visit.address)
    page.wait_for_load_state("networkidle")
    again = sum(one[2] for one in wire.ours())
    line.detach()
    needed = [one for one in first if one[1] in _NEEDED]
    size = sum(one[2] for one in first)
    cost = Cost(size, again, len(first), len(needed), _fragment(page, visit), **told)
    return {**asdict(cost), "heaviest": sorted(first, key=lambda one: -one[2])[:4]}


def _on_the_phone(page: Page, line: CDPSession, wire: Wire, visit: Visit) -> dict[str, float]:
    page.goto("about:blank")
    wire.forget()
    line.send("Network.clearBrowserCache")
    line.send("Network.emulateNetworkConditions", SLOW_4G)
    line.send("Emulation.setCPUThrottlingRate", {"rate": CPU_TIMES})
    go(page, visit.address)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(QUIET_MILLISECONDS)
    return page.evaluate(_READ)


def _fragment(page: Page, visit: Visit) -> int:
    """What HTMX gets of it, where that is not the whole page: compressed bytes, else 0."""
    asked = page.context.request.get(
        visit.address, headers={"HX-Request": "true", "Accept-Encoding": "gzip"}
    )
    if asked.status != 200 or "<html" in asked.text()[:600]:
        return 0
    return int(asked.headers.get("content-length", 0))


def group_of(finding: Finding) -> str:
    """Whose goals a screen is held to."""
    if finding.screen in PAYING:
        return "pay"
    return "staff" if finding.address.startswith("/staff") else "client"


def tell(kept: list[Finding]) -> None:
    """The goals beside the worst and the middle of each group, then every screen."""
    ways = [Way(**one.said) for one in kept if one.screen == SCREEN]
    found = [one for one in kept if one.screen != SCREEN]
    made = [one for one in found if not one.not_there]
    rows = [
        row for name, some in sorted(grouped(made, group_of).items()) for row in _goals(name, some)
    ]
    columns = ("screens", "figure", "goal", "middle", "most", "", "screens over it")
    tables = [
        Table("Against the goals", columns, rows),
        _clicks(ways),
        _each(made),
        unreached(found),
    ]
    write("Budgets", ABOUT, [table for table in tables if table.rows])


def _goals(name: str, some: list[Finding]) -> Iterable[Row]:
    for figure, (goal, form) in {**GOALS[name], **LAB}.items():
        values = sorted((float(one.said[figure]), one.screen) for one in some)
        over = sorted({screen for value, screen in values if value > goal})
        yield (
            f"{name} ({len({one.screen for one in some})})",
            WORDS[figure],
            form.format(goal),
            form.format(median(value for value, _screen in values)),
            form.format(values[-1][0]),
            MISSED if over else "",
            ", ".join(over[:6]) + (f" and {len(over) - 6} more" if len(over) > 6 else ""),
        )


def _clicks(ways: list[Way]) -> Table:
    """Clicks and typed fields from the email to paid."""
    rows = [
        (
            way.name, way.clicks, way.clicks_max, way.typed, way.typed_max,
            MISSED if way.clicks > way.clicks_max or way.typed > way.typed_max else "",
        )
        for way in ways
    ]  # fmt: skip
    columns = ("from the email to paid", "clicks", "at most", "typed fields", "at most", "")
    return Table("Clicks and typed fields", columns, rows)


def _each(made: list[Finding]) -> Table:
    rows = [
        (
            one.screen,
            *(WHOLE.format(one.said[name]) for name in ("first_bytes", "again_bytes")),
            f"{one.said['requests_to_read']} of {one.said['requests']}",
            WHOLE.format(one.said["fragment_bytes"]) if one.said["fragment_bytes"] else "–",
            f"{one.said['lcp'] / 1000:.2f}",
            f"{one.said['tbt']:.0f}",
            f"{one.said['interactive'] / 1000:.2f}",
            f"{one.said['cls']:.3f}",
        )
        for one in sorted(made, key=lambda one: one.screen)
    ]
    columns = ("screen", "first, bytes", "again", "requests to read, of all", "HTMX answer",
               "LCP, s", "TBT, ms", "interactive, s", "layout shift")  # fmt: skip
    return Table("Every screen", columns, rows)
