"""axe and the ruler over every screen: violations, and pages that scroll sideways."""

from dataclasses import asdict
from typing import Any

from playwright.sync_api import Page

from bench.screens.findings import Finding
from bench.screens.looks import look, windows
from bench.screens.opening import open_visit
from bench.screens.report import Row, Table, grouped, unreached, write
from bench.screens.site import ADA, CLEO, FOUNDER, NORA, STRANGER
from bench.screens.visits import STATES, Visit

SURFACES = {
    ADA: "staff",
    FOUNDER: "staff",
    CLEO: "client portal",
    NORA: "client portal",
    STRANGER: "public",
}


def measure(page: Page, visit: Visit, widths: tuple[int, ...]) -> dict[str, Any]:
    """Look the screen over in each window; answers what is to be mended, and the looks taken."""
    page.set_viewport_size({"width": 1280, "height": 800})
    open_visit(page, visit)
    looks = list(look(page, windows(widths)))
    return {"looks": len(looks), "found": [asdict(one) for one in looks if not one.is_clean]}


def tell(found: list[Finding], widths: tuple[int, ...]) -> None:
    """The table of all looks, and what is to be mended."""
    about = (
        f"axe and a ruler on every screen, {len(windows(widths))} windows each: "
        f"{', '.join(map(str, widths))} px wide, light and dark. A screen is looked at as it "
        "opens (up to three addresses that differ), empty, unfolded, with each of its dialogs "
        "open, after each of its forms was sent in with mistakes, and on the way, as in paying."
    )
    left_out = [state for state in STATES if state not in {one.state for one in found}]
    if left_out:
        about += f" Not looked at in this run: {', '.join(left_out)}."
    write("Accessibility", about, [counted(found), *faults(found), unreached(found)])


def counted(found: list[Finding]) -> Table:
    """How much was looked at, and how much of it is at fault, for each surface and state."""
    made = [one for one in found if not one.not_there]
    groups = grouped(made, lambda one: f"{SURFACES[one.person]}, {one.state}")
    rows = [_row(name, some) for name, some in sorted(groups.items())]
    columns = ("what", "screens", "states", "looks", "axe violations", "scroll sideways")
    return Table("Looked at", columns, [*rows, _row("all", made)])


def _row(name: str, some: list[Finding]) -> Row:
    looks = [look for one in some for look in one.said["found"]]
    return (
        name,
        len({one.screen for one in some}),
        len(some),
        sum(one.said["looks"] for one in some),
        sum(len(nodes) for look in looks for _rule, nodes in look["violations"]),
        sum(look["sideways"] > 0 for look in looks),
    )


def faults(found: list[Finding]) -> list[Table]:
    """Every fault: where, in which windows, and what sticks out or breaks which rule."""
    rows: list[Row] = []
    for one in found:
        what: dict[str, list[str]] = {}
        for seen in one.said.get("found", []):
            window = f"{seen['width']} {seen['scheme']}"
            for rule, nodes in seen["violations"]:
                what.setdefault(f"{rule}: {nodes[0]}", []).append(window)
            if seen["sideways"]:
                what.setdefault(f"sideways: {seen['sticking_out'][:1]}", []).append(window)
        rows += [
            (one.screen, one.state, one.language, ", ".join(at), fault.replace("|", "/"))
            for fault, at in what.items()
        ]
    columns = ("screen", "state", "language", "windows", "fault")
    return [Table("To be mended", columns, rows)] if rows else []
