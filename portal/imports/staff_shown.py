"""One import as its page shows it, whatever has become of it."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, cast

from flask import Response, request, url_for
from flask_babel import format_decimal
from flask_babel import gettext as _

from portal.core import db, storage
from portal.firm.queries import actor_names
from portal.imports import forms, matching, queries, reading
from portal.imports.kinds import Kind, kinds, named
from portal.imports.models import ImportRun, ImportState
from portal.imports.queries import Progress
from portal.web import lists
from portal.web.asked import row_id
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import nothing_new, page_or_fragment, wants_fragment
from portal.web.permissions import SET_UP_FIRM

FIRST_ROWS = 5
QUARTER_PERCENT = 25
PERMISSION = SET_UP_FIRM
"""To look, to bring a file and to check it: `IMPORT` is asked for what changes something."""

blueprint = staff_blueprint("imports", __name__)


def state_of(run: ImportRun) -> str:
    """The state as the list of imports shows it: an import that left rows out says so."""
    return "partly" if run.state == ImportState.DONE and run.refused else run.state


def counted(run: ImportRun) -> dict[str, str]:
    """How many of its things were or would be added, are here already, and were refused."""
    return {name: format_decimal(getattr(run, name)) for name in ("added", "skipped", "refused")}


def show_run(
    public_id: str,
    *,
    matched: Mapping[str, int] | None = None,
    options: Mapping[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    """The page, or for a page that asks by itself the part that changes: 204 while nothing did.
    `matched` and `options` are as they were sent, with their `errors`."""
    seen = Progress.read(request.args.get("seen", ""))
    before, after = (row_id(request.args.get(name, "")) for name in ("before", "after"))
    with db.read() as session:
        run = queries.import_run(session, public_id)
        progress = Progress.of(run)
        stuck = queries.stands_still(session, run)
        if wants_fragment() and seen == progress and not stuck:
            return nothing_new()
        page = queries.problems(session, run.id, before=before, after=after)
        more = queries.problem_count(session, run.id) == queries.PROBLEMS_KEPT
        same = queries.imported_before(session, run)
        names = actor_names(session, [run.made_by])
    if matched is not None:
        run.matched, run.options = dict(matched), dict(options or {})
    return page_or_fragment(
        "imports/staff_import.html",
        "imports/_import.html",
        422 if errors else 200,
        made_by=names[run.made_by],
        problems=page.rows,
        more_problems=more,
        pages=lists.pages(page, lambda **place: _address(run, **place)),
        stuck=stuck,
        same=same,
        announced=_announced(seen, run),
        poll_url=_address(run, seen=progress.mark) if _polls(run, stuck) else None,
        **_shown(run, errors or {}),
    )


def _polls(run: ImportRun, stuck: bool) -> bool:
    return run.state in queries.READING and not stuck


def _shown(run: ImportRun, errors: dict[str, str]) -> dict[str, Any]:
    """What a page says of a run, and where columns are to be matched, the form for that."""
    kind = named(run.kind)
    shown = {
        "run": run,
        "kind": kind,
        "errors": _by_input(kind, errors),
        "counts": counted(run),
        "things": _things(kind, run),
        "total": format_decimal(run.total_rows),
        "step": _step(run),
    }
    if not _matches(run, errors):
        return shown
    gone = not run.stored or storage.size(run.stored) is None  # a backup was restored without it
    return shown | ({"gone": True} if gone else _matching(run))


def _matches(run: ImportRun, errors: dict[str, str]) -> bool:
    asked = request.args.get("columns") == "change" and run.state == ImportState.CHECKED
    return run.state == ImportState.NEW or asked or bool(errors)


def _matching(run: ImportRun) -> dict[str, Any]:
    """What the form needs to match columns: those of the file with its first rows."""
    rows = reading.rows(run.stored, run.size_bytes, run.encoding, run.delimiter, skip=1)
    first = [cells for _number, cells in islice(rows, FIRST_ROWS)]
    width = len(run.columns)
    shown = [[*cells[:width], *[""] * (width - len(cells))] for cells in first]
    headings = forms.headings(run)
    return {
        "matching": True,
        "better": matching.better(named(run.kind), kinds(), run.columns),
        "choices": forms.column_choices(headings, shown[0]),
        "headings": headings,
        "first_rows": shown,
    }


def _by_input(kind: Kind, errors: dict[str, str]) -> dict[str, str]:
    options = {option.name for option in kind.options}
    return {
        f"option-{name}" if name in options else f"column-{name}": sentence
        for name, sentence in errors.items()
    }


def _things(kind: Kind, run: ImportRun) -> dict[str, str]:
    """The counts in words: "1,200 contacts"."""
    return {name: kind.counted(getattr(run, name), shown) for name, shown in counted(run).items()}


def _step(run: ImportRun) -> int:
    steps = {ImportState.NEW: 2, ImportState.CHECKING: 3, ImportState.CHECKED: 3}
    return steps.get(ImportState(run.state), 4)


def _address(run: ImportRun, **asked: Any) -> str:
    return url_for("imports.show", **cast(Any, {"public_id": run.public_id, **asked}))


def _announced(seen: Progress | None, run: ImportRun) -> str | None:
    """What is read out since what the page shows: each quarter, and the end."""
    if seen is None:
        return None
    if seen.state != run.state:
        return {
            ImportState.CHECKED: _("The file is checked."),
            ImportState.DONE: _("The import is done."),
            ImportState.FAILED: _("The import stopped."),
            ImportState.NEW: _("The check stopped."),
        }.get(ImportState(run.state))
    quarters = Progress.of(run).quarters(run.total_rows)
    if quarters <= seen.quarters(run.total_rows):
        return None
    return _("%(percent)s percent done.", percent=quarters * QUARTER_PERCENT)
