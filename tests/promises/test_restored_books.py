"""Books that came back take nothing until somebody has seen to what happened since (X8)."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from portal.core import db
from portal.notifications.models import Alert
from tests.factories.payments import Links
from tests.promises.backups import Command, made_by_migrations, take_payments_online

OFFLINE = "does not take payments online right now"


def test_X8_in_books_that_came_back_nothing_is_taken_online_until_somebody_turns_it_on(
    app: Flask, links: Links, backup: Path, flask: Command, elsewhere: Callable[[], None]
) -> None:
    """A bill that was paid after the backup would be paid a second time."""
    made_by_migrations()
    assert flask("backup", str(backup))[0] == 0
    elsewhere()
    code, said = flask("restore", str(backup))
    assert (code, "No payments are taken online" in said) == (0, True), said
    assert OFFLINE in pay_page(app, links)
    assert open_alerts() == ["books_restored"]
    take_payments_online()
    assert OFFLINE not in pay_page(app, links)
    assert open_alerts() == []


def pay_page(app: Flask, links: Links) -> str:
    return app.test_client().get(links.operating).text


def open_alerts() -> list[str]:
    """The kinds of what stands before the staff."""
    with db.read() as session:
        return list(session.scalars(select(Alert.kind).where(Alert.resolved_at.is_(None))))
