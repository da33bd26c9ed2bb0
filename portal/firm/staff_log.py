"""**Settings → Activity log**: who did what to which thing, and when (FEATURES X9)."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any, cast

from flask import Response, current_app, g, request, url_for
from flask_babel import format_currency, format_decimal, ngettext
from flask_babel import gettext as _
from flask_login import current_user

from portal.core import audit, db
from portal.core.audit import ACTIONS
from portal.firm import log, log_export, log_telling
from portal.firm.brand import brand
from portal.firm.log import Found
from portal.firm.log_filters import LogFilters
from portal.firm.log_telling import Told
from portal.web import formatting, lists
from portal.web.blueprints import staff_blueprint
from portal.web.downloads import csv_answer
from portal.web.fragments import list_or_fragment
from portal.web.permissions import READ_LOG

ADDRESS = "/settings/activity-log"

blueprint = staff_blueprint("activity_log", __name__)


@blueprint.get(ADDRESS, needs=READ_LOG)
def index() -> Response:
    """The lines that fit the filters of the address, newest first."""
    filters = LogFilters.read(request.args)
    with db.read() as session:
        g.brand = brand(session)
        found = log.find(session, filters, g.brand.timezone)
        told = log_telling.tell(session, found.page.rows, _money)
        about = log_telling.thing_words(session, filters.about) if filters.about else None
        sealed = log.sealed(session)
    return list_or_fragment(
        "firm/staff_log.html",
        "firm/_log.html",
        _address(filters, before=filters.before, after=filters.after),
        filters=filters,
        found=found,
        lines=[_shown(line, filters) for line in told],
        about=about,
        without_about=_address(filters, about=None),
        sealed=sealed,
        sealed_words=ngettext(
            "%(shown)s line is sealed",
            "%(shown)s lines are sealed",
            sealed.lines,
            shown=format_decimal(sealed.lines),
        )
        if sealed
        else None,
        action_options=_action_options(),
        count_words=_count_words(found),
        pages=lists.pages(found.page, partial(_address, filters)),
        export_url=url_for(".export_csv", **cast(Any, filters.query())),
    )


@blueprint.get(f"{ADDRESS}.csv", needs=READ_LOG)
def export_csv() -> Response:
    """The lines that fit the filters of the address, as a CSV file. Exporting is recorded too."""
    filters = LogFilters.read(request.args)
    with db.transaction() as session:
        g.brand = brand(session)
        audit.record(
            session,
            current_user.actor,
            "activity_log.exported",
            "activity_log",
            filters=filters.query(),
        )
    lines = log_export.lines(_told(filters, g.brand.timezone), g.brand.timezone)
    return csv_answer("activity-log.csv", lines)


def _told(filters: LogFilters, timezone: str) -> Iterator[Told]:
    for step in log.every_line(filters, timezone):
        with db.read() as session:
            told = log_telling.tell(session, step, _money)
        yield from told


def _address(filters: LogFilters, **changed: str | int | None) -> str:
    return url_for(".index", **cast(Any, filters.query(**changed)))


def _shown(line: Told, filters: LogFilters) -> dict[str, Any]:
    page = None
    if line.endpoint is not None and line.endpoint in current_app.view_functions:
        page = url_for(line.endpoint, public_id=line.public_id)
    return {
        "line": line,
        "moment": formatting.moment(line.at),
        "page": page,
        "about": None
        if filters.about == line.subject or not line.public_id
        else url_for(".index", about=line.subject),
    }


def _action_options() -> list[dict[str, str]]:
    named = sorted(
        ({"value": action, "label": str(words)} for action, words in ACTIONS.items()),
        key=lambda option: option["label"],
    )
    return [{"value": "", "label": _("Everything")}, *named]


def _count_words(found: Found) -> str:
    return lists.count_words(
        found.count,
        len(found.page.rows),
        lambda count: ngettext("%(num)s line", "%(num)s lines", count),
        lambda most: _("More than %(count)s lines", count=most),
    )


def _money(cents: int) -> str:
    return format_currency(Decimal(cents) / 100, g.brand.currency)
