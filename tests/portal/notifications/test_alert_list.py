"""The one list of alerts: what to do about each, by when, and its filters (FEATURES M7, X2)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask_babel import lazy_gettext as N_
from sqlalchemy.orm import Session

from portal.core import clock, db
from portal.notifications import alert_links
from portal.notifications.actions import raise_alert, resolve_alert, seen_to
from portal.notifications.alert_links import Topic, file_under, leads_to, topic_of
from portal.notifications.queries import count_open, open_alerts
from tests.factories import clients
from tests.support.cast import Cast
from tests.support.page import Page

ADDRESS = "/staff/alerts"
DAY = timedelta(days=1)
Advance = Callable[[timedelta], int]


@pytest.fixture(autouse=True)
def as_registered(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is forgotten after it; what features register themselves is not."""
    for name in ("ACTIONS", "DUE", "TOPICS"):
        monkeypatch.setattr(alert_links, name, dict(getattr(alert_links, name)))
    monkeypatch.setattr("portal.notifications.queries.DUE", alert_links.DUE)
    monkeypatch.setattr("portal.notifications.queries.TOPICS", alert_links.TOPICS)


def raised(kind: str, subject: str, sentence: str = "Look at this.") -> None:
    with db.transaction() as session:
        raise_alert(session, kind, subject, sentence)


def in_the_bar(page: Page) -> str:
    """What stands beside **Alerts** in the bar."""
    return " ".join(page.one("#alerts-bar").get_text(" ").split())


def test_M7_an_alert_has_one_action_that_leads_to_what_it_is_about(cast: Cast) -> None:
    contact = clients.contact("Cleo Vance", "cleo@client.test")
    leads_to("client_waits", N_("Call the client"), "contacts.show")
    raised("client_waits", f"contact:{contact.public_id}:because")
    page = cast.ben.get(ADDRESS)
    assert page.link("Call the client").endswith(f"/staff/contacts/{contact.public_id}")
    assert "Cleo Vance" in cast.ben.click(page, "Call the client")


def test_M7_an_alert_of_no_named_action_leads_to_the_thing_itself(cast: Cast) -> None:
    contact = clients.contact("Cleo Vance", "cleo@client.test")
    raised("something_new", f"contact:{contact.public_id}")
    assert "Cleo Vance" in cast.ben.click(cast.ben.get(ADDRESS), "Look at it")


def test_whoever_may_not_open_the_page_is_not_offered_it(cast: Cast) -> None:
    leads_to("set_up", N_("Put it right"), "settings.index", None)
    raised("set_up", "server")
    assert cast.ada.get(ADDRESS).link("Put it right")
    for person in (cast.ben, cast.ana):
        page = person.get(ADDRESS)
        assert "Look at this." in page
        assert "Put it right" not in page


def test_a_subject_that_names_nothing_breaks_no_page(cast: Cast) -> None:
    leads_to("odd", N_("Open it"), "contacts.show")
    for subject in ("server", "contact:", "nothing:known", ":"):
        raised("odd", subject, f"Odd {subject}")
    page = cast.ada.get(ADDRESS)
    assert "Odd server" in page
    assert "Odd nothing:known" in page


def test_one_kind_has_one_action() -> None:
    leads_to("twice", N_("Do this"), "contacts.show")
    with pytest.raises(ValueError, match="twice"):
        leads_to("twice", N_("Do that"), "contacts.show")


def test_M7_alerts_with_a_day_stand_first_and_count_the_days_down(
    cast: Cast, advance: Advance
) -> None:
    until = {f"contact:{name}": clock.now() + days * DAY for name, days in (("a", 9), ("b", 5))}

    def days(_session: Session, subjects: list[str]) -> Mapping[str, datetime]:
        return {subject: until[subject] for subject in subjects if subject in until}

    alert_links.due_by("answer", days)
    raised("answer", "contact:a", "Nine days.")
    raised("answer", "contact:b", "Five days.")
    raised("answer", "contact:c", "No day.")
    raised("other", "contact:d", "Newest.")
    page = cast.ada.get(ADDRESS)
    sentences = page.texts("#alerts tbody th [id^=what-]")
    assert sentences[:2] == ["Five days.", "Nine days."]
    assert set(sentences[2:]) == {"No day.", "Newest."}
    assert "5 days left" in page
    advance(4 * DAY)
    assert "1 day left" in cast.ada.get(ADDRESS)
    advance(2 * DAY)
    assert "Too late" in cast.ada.get(ADDRESS)


def test_X2_the_list_is_filtered_by_its_address(cast: Cast) -> None:
    file_under(Topic.TRUST, "of_trust")
    raised("of_trust", "a:1", "About trust.")
    raised("unheard_of", "b:1", "About something else.")
    page = cast.ada.get(f"{ADDRESS}?about=trust")
    assert "About trust." in page
    assert "About something else." not in page
    assert page.one("select[name=about] option[selected]")["value"] == "trust"
    other = cast.ada.get(f"{ADDRESS}?about=other")
    assert "About something else." in other
    assert "About trust." not in other
    empty = cast.ada.get(f"{ADDRESS}?about=plans")
    assert "No alert of this kind is open." in empty
    assert "About trust." in cast.ada.click(empty, "Show everything")
    assert "About trust." in cast.ada.get(f"{ADDRESS}?about=nonsense&state=nonsense")
    assert topic_of("unheard_of") is Topic.OTHER


def test_X2_resolving_keeps_the_filter_and_what_was_resolved_says_by_whom(cast: Cast) -> None:
    file_under(Topic.TRUST, "of_trust")
    raised("of_trust", "a:1", "About trust.")
    raised("unheard_of", "b:1", "About something else.")
    page = cast.ana.submit(cast.ana.get(f"{ADDRESS}?about=trust"), "Resolve")
    assert "No alert of this kind is open." in page
    with db.transaction() as session:
        seen_to(session, "unheard_of", "b:1", by="system")
    resolved = cast.ben.click(cast.ben.get(ADDRESS), "Resolved")
    both = resolved.texts("#alerts tbody tr")
    assert len(both) == 2
    assert any("About trust." in one and "Ana Moreau" in one for one in both)
    assert any("About something else." in one and "The system" in one for one in both)
    assert "Resolve" not in resolved.texts("#alerts button")


def test_X4_the_bar_counts_open_alerts_for_everybody(cast: Cast) -> None:
    assert in_the_bar(cast.ben.get("/staff/contacts")) == ""
    raised("one", "a:1")
    raised("two", "a:1")
    assert in_the_bar(cast.ben.get("/staff/contacts")) == "2 , 2 open alerts"
    page = cast.ben.get("/staff/contacts")
    watch = str(page.one("#alerts-watch")["hx-get"])
    cast.ben.get(watch, status=204)
    with db.transaction() as session:
        resolve_alert(session, open_alerts(session)[0], by="user:ada")
    assert in_the_bar(cast.ben.get(watch, htmx=True)) == "1 , 1 open alert"


def test_X4_resolving_by_htmx_brings_the_count_along(cast: Cast) -> None:
    raised("one", "a:1")
    page = cast.ana.get(ADDRESS)
    form = page.one("form[action*=resolution]")
    token = page.one("form[action*=resolution] input[name=csrf_token]")["value"]
    answer = cast.ana.ask("POST", str(form["action"]), data={"csrf_token": token}, htmx=True)
    assert in_the_bar(answer) == ""
    assert "Nothing needs you" in answer


@pytest.mark.both_databases
@pytest.mark.usefixtures("cast")
def test_the_count_is_the_length_of_the_list() -> None:
    for number in range(3):
        raised("one", f"a:{number}")
    with db.transaction() as session:
        seen_to(session, "one", "a:1", by="system")
        seen_to(session, "one", "a:1", by="system")
        seen_to(session, "one", "never", by="system")
    with db.read() as session:
        assert count_open(session) == len(open_alerts(session)) == 2
