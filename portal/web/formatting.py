"""Filters for dates and times: the reader's zone, named; due dates as plain dates."""

from datetime import date, datetime, timedelta

from flask import Flask
from flask_babel import (
    format_date,
    format_decimal,
    format_time,
    format_timedelta,
    get_timezone,
    to_user_timezone,
)
from flask_babel import gettext as _
from markupsafe import Markup

KB = 1_024
MB = KB * KB


def moment(value: datetime | None) -> Markup:
    """A point in time as `<time>`, in the firm's zone with the zone's name."""
    if value is None:
        return Markup("")
    local = to_user_timezone(value)
    zone = get_timezone()
    name = local.tzname() if zone is not None else "UTC"
    text = f"{format_date(value, 'medium')}, {format_time(value, 'short')} {name}"
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), text)


def day(value: date | datetime | None) -> Markup:
    """A calendar day as `<time>`."""
    if value is None:
        return Markup("")
    plain = to_user_timezone(value).date() if isinstance(value, datetime) else value
    return Markup('<time datetime="{}">{}</time>').format(
        plain.isoformat(), format_date(plain, "long")
    )


def duration(value: timedelta) -> str | None:
    """How far the demo clock stands ahead, in words; None when it does not."""
    return format_timedelta(value, threshold=1.5) if value else None


def file_size(size_bytes: int) -> str:
    """A size as people say it: "812 bytes", "24 KB", "3.4 MB" (of 1,024 each, as in C2's limit)."""
    if size_bytes < KB:
        return _("%(count)s bytes", count=format_decimal(size_bytes))
    if size_bytes < MB:
        return _("%(count)s KB", count=format_decimal(round(size_bytes / KB)))
    return _("%(count)s MB", count=format_decimal(round(size_bytes / MB, 1)))


def init_app(app: Flask) -> None:
    """Give the filters to every template."""
    app.jinja_env.filters["moment"] = moment
    app.jinja_env.filters["day"] = day
    app.jinja_env.filters["file_size"] = file_size
