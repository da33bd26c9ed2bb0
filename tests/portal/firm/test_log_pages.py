"""**Settings → Activity log**: who did what to which thing, and when (FEATURES X9)."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import insert

from portal.core import audit, clock, config, db, sealing
from portal.core.audit import AuditEntry
from portal.firm import queries
from tests.support.cast import ADA, BEN, Cast
from tests.support.page import Page
from tests.support.statements import statements

LOG = "/staff/settings/activity-log"
Write = Callable[..., None]


def actor_of(email: str) -> str:
    with db.read() as session:
        user = queries.user_by_email(session, email)
    assert user is not None
    return f"user:{user.public_id}"


def record(actor: str, action: str, subject: str, **detail: Any) -> None:
    with db.transaction() as session:
        audit.record(session, actor, action, subject, **detail)


def record_at(moment: datetime, action: str, subject: str = "firm", count: int = 1) -> None:
    line = {"at": moment, "actor": "system", "action": action, "subject": subject, "detail": {}}
    with db.transaction() as session:
        session.connection().execute(insert(AuditEntry), [line] * count)


def asked(cast: Cast, **filters: str) -> Page:
    return cast.ada.get(f"{LOG}?{urlencode(filters)}")


def actions(page: Page) -> list[str]:
    return page.texts("#log-table tbody th")


def add_contact(cast: Cast, name: str) -> None:
    cast.ada.submit(cast.ada.get("/staff/contacts/new"), "Save contact", name=name)


def test_X9_the_log_tells_who_did_what_to_which_thing_newest_first(cast: Cast) -> None:
    add_contact(cast, "Zoë Marsh")
    page = cast.ada.get(LOG)
    assert actions(page)[0] == "Contact added"
    row = page.texts("#log-table tbody tr")[0]
    assert ADA.name in row
    assert "Contact Zoë Marsh" in row
    assert "Zoë Marsh" in cast.ada.click(page, "Contact Zoë Marsh").texts("h1")[0]


def test_X9_a_name_with_markup_is_shown_as_it_was_typed(cast: Cast) -> None:
    add_contact(cast, "<b>Bold</b> & Sons")
    assert "Contact <b>Bold</b> & Sons" in cast.ada.get(LOG).texts("#log-table tbody tr")[0]


def test_X9_who_finds_a_person_by_part_of_the_name_and_stripe_by_its_name(cast: Cast) -> None:
    record(actor_of(ADA.email), "firm.set_up", "firm")
    record(actor_of(BEN.email), "group.archived", "group:gone")
    record("processor", "bank_account.connected", "bank_account:gone")
    assert actions(asked(cast, who="lindq")) == ["Group archived"]
    assert actions(asked(cast, who="stripe")) == ["Bank account connected"]
    assert set(actions(asked(cast, who="ADA"))) >= {"Firm set up", "Signed in"}
    assert "Group archived" not in actions(asked(cast, who="ADA"))
    assert "Nothing fits" in asked(cast, who="nobody")


def test_X9_what_finds_one_kind_of_action(cast: Cast) -> None:
    record("system", "link.retired", "bank_account:gone")
    page = asked(cast, action="link.retired")
    assert actions(page) == ["Payment link retired"]
    assert page.select("#action option[selected]")[0]["value"] == "link.retired"


def test_X9_a_thing_is_found_by_its_name_and_shows_all_that_was_done_to_it(cast: Cast) -> None:
    add_contact(cast, "Zoë Marsh")
    add_contact(cast, "Owen Blake")
    page = asked(cast, thing="zoe")
    assert page.texts("#log-table tbody td[data-label=Thing]") == [
        "Contact Zoë Marsh All about it Contact Zoë Marsh"
    ]
    page = cast.ada.click(page, "All about it Contact Zoë Marsh")
    assert "Only what was done to: Contact Zoë Marsh" in page
    assert actions(page) == ["Contact added"]
    assert len(actions(cast.ada.click(page, "Show all things"))) > 2


def test_X9_days_are_those_of_the_firms_time_zone_both_included(cast: Cast) -> None:
    """03:00 in UTC on the 2nd is still the 1st at a firm in Los Angeles."""
    record_at(datetime(2020, 5, 2, 3, 0, tzinfo=UTC), "firm.set_up")
    record_at(datetime(2020, 5, 2, 8, 0, tzinfo=UTC), "group.archived")
    first = {"from": "2020-05-01", "to": "2020-05-01"}
    assert actions(asked(cast, **first)) == ["Firm set up"]
    assert actions(asked(cast, **{"from": "2020-05-02", "to": "2020-05-02"})) == ["Group archived"]
    both = asked(cast, **{"from": "2020-05-01", "to": "2020-05-02"})
    assert actions(both) == ["Group archived", "Firm set up"]


def test_X9_details_are_told_in_plain_words_with_reasons(cast: Cast) -> None:
    ben = actor_of(BEN.email).removeprefix("user:")
    record("system", "bill.voided", "bill:gone", number=12, reason="Sent twice")
    record("system", "bill.drafted", "bill:gone", total_cents=123456)
    record("system", "group.edited", "group:gone", changed=["members"], added=[ben], removed=[])
    told = asked(cast, who="system").texts("#log-table details")
    assert any("Reason Sent twice" in one for one in told)
    assert any("Total $1,234.56" in one for one in told)
    assert any(f"Changed members Added {BEN.name}" in one for one in told)


def test_X9_an_action_that_is_not_described_is_told_as_it_was_recorded(cast: Cast) -> None:
    record("system", "old_feature.gone_away", "old_thing:1", left_over=["a_b"])
    row = asked(cast, who="system").texts("#log-table tbody tr")[0]
    assert "Old feature gone away" in row
    assert "Left over a b" in row


def test_X9_pages_follow_each_other_without_a_gap(cast: Cast) -> None:
    record_at(clock.now() - timedelta(days=1), "link.retired", count=120)
    page, seen = asked(cast, action="link.retired"), []
    assert "120 lines, 50 on this page" in page
    for _number in range(3):
        seen += [row["id"] for row in page.select("#log-table tbody tr")]
        page = cast.ada.click(page, "Next") if len(seen) < 120 else page
    assert len(seen) == len(set(seen)) == 120
    back = cast.ada.click(page, "Previous")
    assert [row["id"] for row in back.select("#log-table tbody tr")] == seen[50:100]


@pytest.mark.parametrize(
    "search, told",
    [
        ("action=no.such", "Nothing of that kind is recorded"),
        ("from=2001-02-30", "A date could not be read"),
        ("before=x&after=-1", ""),
        (f"before={'9' * 30}", ""),
        ("who=%00%25_&thing=%25", "Nothing fits"),
        ("about=::&thing='--", "Nothing fits"),
    ],
)
def test_X9_nothing_in_the_address_breaks_the_page(search: str, told: str, cast: Cast) -> None:
    assert told in cast.ada.get(f"{LOG}?{search}")


def test_X9_the_page_says_how_far_the_log_is_sealed(cast: Cast) -> None:
    assert "Nothing is sealed yet." in cast.ada.get(LOG).texts("#log-sealed")[0]
    head = sealing.seal_new_lines(config.current().secret_key)
    (told,) = cast.ada.get(LOG).texts("#log-sealed")
    assert told.startswith(f"{head.position} lines are sealed, up to ")


def test_X9_the_part_that_changes_comes_alone_and_is_announced(cast: Cast) -> None:
    part = cast.ada.get(f"{LOG}?who=ada", htmx=True)
    assert part.select("html") == []
    assert part.headers["HX-Push-Url"] == f"{LOG}?who=ada"
    assert part.select("[hx-swap-oob]") != []


def test_X9_only_administrators_read_it(cast: Cast) -> None:
    cast.ben.get(LOG, status=403)
    cast.ben.get(f"{LOG}.csv", status=403)


def test_X9_the_number_of_queries_does_not_grow_with_the_lines(cast: Cast) -> None:
    def queries_of(filters: dict[str, str]) -> int:
        with statements() as counted:
            asked(cast, **filters)
        return len(counted)

    add_contact(cast, "Ann Marsh")
    cast.ada.get(LOG)
    few = queries_of({"action": "contact.added"})
    for number in range(30):
        add_contact(cast, f"Contact {number}")
    assert queries_of({"action": "contact.added"}) == few


def test_X7_X9_the_export_holds_what_is_filtered_and_is_recorded_itself(cast: Cast) -> None:
    add_contact(cast, "=SUM(A1)")
    add_contact(cast, "Zoë Marsh")
    page = asked(cast, action="contact.added")
    file = cast.ada.get(page.link("Export"))
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(file.body.removeprefix("\ufeff"))))
    assert [row["Thing"] for row in rows] == ["Zoë Marsh", "'=SUM(A1)"]
    assert {row["Who"] for row in rows} == {ADA.name}
    assert actions(cast.ada.get(LOG))[0] == "Activity log exported"


def test_X9_several_filters_at_once_must_all_fit(cast: Cast) -> None:
    add_contact(cast, "Zoë Marsh")
    add_contact(cast, "Owen Blake")
    fits = {"thing": "zoe", "who": "ada", "action": "contact.added", "from": "2020-01-01"}
    assert actions(asked(cast, **fits)) == ["Contact added"]
    assert "Nothing fits" in asked(cast, **{**fits, "action": "contact.edited"})
    assert "Nothing fits" in asked(cast, **{**fits, "who": "stripe"})
    assert "Nothing fits" in asked(cast, **{**fits, "to": "2020-01-01"})
