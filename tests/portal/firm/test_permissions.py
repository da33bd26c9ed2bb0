"""**Permissions**: the page shows the very table that the guards of the staff pages read (N9)."""

import pytest
from flask import Flask

from portal.web import permissions
from portal.web.permissions import TABLE, Permission
from tests.support.cast import Cast
from tests.support.source import ROOT

PERMISSIONS = "/staff/settings/permissions"
COLUMNS = ["What one may do", "Administrator", "Billing", "Accounts", "Every user"]


def test_N9_every_row_says_who_may_as_the_guards_have_it(cast: Cast) -> None:
    page = cast.ada.get(PERMISSIONS)
    assert page.texts("h1") == ["Groups, Permissions, and Job Titles"]
    assert page.texts("#permissions-table thead th") == COLUMNS
    assert len(page.select("#permissions-table tbody tr")) == len(TABLE)
    for row in TABLE:
        words, *marks = page.texts(f"#may-{row.name} > *")
        everybody = not row.levels
        told = [
            everybody or level in row.levels for level in ("administrator", "billing", "accounts")
        ]
        assert marks == ["Yes" if may else "– No" for may in (*told, everybody)], row.name
        assert ("Asks once more who you are" in words) == row.confirmed
        assert str(row.words) in words


def test_N9_only_an_administrator_opens_the_page(cast: Cast) -> None:
    for person in (cast.ben, cast.ana):
        person.get(PERMISSIONS, status=403)


def asked_in_views() -> set[object]:
    """The rows that a view asks about by itself, where only a part of its form needs them."""
    rows = {name: row for name, row in vars(permissions).items() if row in TABLE}
    views = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("p*/*/staff*.py"))
    return {row for name, row in rows.items() if f"current_user.may({name})" in views}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_N9_no_row_promises_what_is_not_there(row: Permission, app: Flask) -> None:
    guards = {getattr(view, "needs", None) for view in app.view_functions.values()}
    assert row in guards | asked_in_views()
