"""**Settings → Billing**: what an administrator sets, what is refused, and two at once."""

from typing import Any

import pytest
from sqlalchemy import select

from payments.accounts.settings import online_payments
from payments.billing.settings import HowBilled, Tax, how_billed, set_billing
from portal.clients.details import Problems
from portal.core import db
from portal.core.audit import AuditEntry
from portal.firm.models import Country, Firm
from tests.support.cast import Cast
from tests.support.page import Page

SETTINGS = "/staff/settings/billing"


def save(cast: Cast, *, status: int = 200, page: Page | None = None, **typed: Any) -> Page:
    return cast.ada.submit(page or cast.ada.get(SETTINGS), "Save changes", status=status, **typed)


def now() -> HowBilled:
    with db.read() as session:
        return how_billed(session)


def in_canada() -> None:
    with db.transaction() as session:
        session.scalars(select(Firm)).one().country = Country.CA


def test_D8_P1_the_settings_are_saved_together_and_logged(cast: Cast) -> None:
    page = cast.ada.get(SETTINGS)
    assert "Off now" not in page
    county_tax: dict[str, Any] = {"tax_label-0": " County\u200b tax ", "tax_percent-0": "8.875"}
    page = save(
        cast,
        page=page,
        part_min="25.00",
        due_days="14",
        own_approval=None,
        online=None,
        reminders="yes",
        before="7, 3",
        after="14",
        **county_tax,
    )
    assert "The changes were saved." in page
    assert "Clients cannot pay online." in page
    billed = now()
    assert (billed.due_days, billed.own_approval, billed.paper) == (14, False, "letter")
    assert billed.taxes[0].percent_thousandths == 8_875
    assert (billed.reminders, billed.reminder_days) == (True, [-7, -3, 0, 14])
    with db.read() as session:
        online = online_payments(session)
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert (online.online, online.part_min_cents) == (False, 2_500)
    assert {"billing_settings.changed", "online_payments.changed"} <= set(actions)
    assert page.one("#before")["value"] == "7, 3"
    assert page.one("#tax_percent-0")["value"] == "8.875"
    assert page.one("#part_min")["value"] == "25.00"


def test_M8_the_days_of_a_hold_are_saved_and_logged_once(cast: Cast) -> None:
    page = cast.ada.get(SETTINGS)
    assert page.one("#hold_days")["value"] == "5"
    page = save(cast, page=page, hold_days="10")
    assert page.one("#hold_days")["value"] == "10"
    save(cast, page=page)
    with db.read() as session:
        assert online_payments(session).hold_days == 10
        logged = session.scalars(
            select(AuditEntry.detail).where(AuditEntry.action == "trust_hold.changed")
        ).all()
    assert logged == [{"before": 5, "after": 10}]
    assert "Hold of new trust money set" in cast.ada.activity_log()


@pytest.mark.parametrize(
    "typed, field, sentence",
    [
        ({"due_days": "366"}, "due_days", "from 0 to 365"),
        ({"due_days": "-1"}, "due_days", "from 0 to 365"),
        ({"due_days": "٣"}, "due_days", "from 0 to 365"),
        ({"hold_days": "61"}, "hold_days", "from 0 to 60"),
        ({"hold_days": "-1"}, "hold_days", "from 0 to 60"),
        ({"hold_days": "five"}, "hold_days", "from 0 to 60"),
        ({"hold_days": ""}, "hold_days", "from 0 to 60"),
        ({"part_min": "0.00"}, "part_min", "Enter an amount from 0.50"),
        ({"part_min": "0.49"}, "part_min", "Enter an amount from 0.50"),
        ({"part_min": "1e9"}, "part_min", "Enter an amount like 25.00."),
        ({"before": "31"}, "reminder_days", "from 30 days before"),
        ({"after": "91"}, "reminder_days", "90 days after"),
        ({"after": "7, 7"}, "reminder_days", "Name each day once."),
        ({"after": "0"}, "reminder_days", "whole numbers"),
        ({"before": "a week"}, "reminder_days", "whole numbers"),
        ({"after": "1 2 3 4 5 6 7"}, "reminder_days", "six times at most"),
        (
            {"reminders": "yes", "before": "", "after": "", "on_due": None},
            "reminder_days",
            "Say when reminders are sent",
        ),
        ({"tax_label-0": "GST"}, "taxes", "Give each tax a name and a percentage"),
        ({"tax_percent-1": "5"}, "taxes", "Give each tax a name of up to 40"),
        ({"tax_label-0": "GST", "tax_percent-0": "101"}, "taxes", "from 0.001 to 100 percent"),
        ({"tax_label-0": "GST", "tax_percent-0": "0"}, "taxes", "from 0.001 to 100 percent"),
        (
            {
                "tax_label-0": "GST", "tax_percent-0": "5",
                "tax_label-1": "gst", "tax_percent-1": "5",
            },
            "taxes",
            "Two taxes need two names.",
        ),
        ({"paper": "a4"}, "paper", "Choose a size of paper"),
        ({"paper": "vellum"}, "paper", "Choose a size of paper"),
    ],
)  # fmt: skip
def test_D8_what_cannot_be_set_is_told_beside_it_and_nothing_changes(
    cast: Cast, typed: dict[str, str | None], field: str, sentence: str
) -> None:
    before = now()
    page = save(cast, status=422, **{"due_days": "45", **typed})
    assert sentence in page
    assert f"#{field}" in [link["href"] for link in page.select("#error-summary a")]
    for name, value in typed.items():
        if value and page.select(f"input#{name}"):
            assert page.one(f"#{name}").get("value", "yes") == value, "what was typed is kept"
    assert now() == before


def test_D8_whoever_saves_second_is_told_first_and_may_then_replace_it(cast: Cast) -> None:
    """D8: changes of reminders in two tabs at once do not overwrite each other unseen."""
    mine, theirs = cast.ada.get(SETTINGS), cast.ada.get(SETTINGS)
    save(cast, page=theirs, reminders="yes", after="30")
    told = save(cast, page=mine, status=409, after="60")
    assert "Somebody has saved other settings since you opened this page." in told
    assert told.one("#after")["value"] == "60"
    assert now().reminder_days == [-3, 0, 30]
    save(cast, page=told)
    assert now().reminder_days == [-3, 0, 60]


def test_D8_paper_is_a_choice_in_canada_and_letter_in_the_us(cast: Cast) -> None:
    assert cast.ada.get(SETTINGS).select("input[name=paper]:not([type=hidden])") == []
    in_canada()
    page = save(cast, paper="a4")
    assert page.one("input[name=paper][checked]")["value"] == "a4"
    assert now().paper == "a4"


def test_N9_only_administrators_see_or_change_the_settings(cast: Cast) -> None:
    for person in (cast.ben, cast.ana):
        person.get(SETTINGS, status=403)
        person.post(SETTINGS, {"csrf_token": person.csrf_token()}, status=403)


def test_D8_more_taxes_than_two_are_refused(cast: Cast) -> None:
    taxes = [Tax(name, 1_000) for name in ("GST", "QST", "PST")]
    with pytest.raises(Problems) as told, db.transaction() as session:
        set_billing(session, HowBilled(30, True, "letter", taxes, False, []), by="user:ada")
    assert set(told.value.errors) == {"taxes"}
