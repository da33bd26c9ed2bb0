"""The tests' own instruments notice what they are there to notice."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, Response
from sqlalchemy import func, select

from portal.core import audit, clock, db, demo_clock
from portal.core.audit import AuditEntry
from portal.core.db import Database
from tests.support import features, stages
from tests.support.page import Page, faults
from tests.support.stages import stage
from tests.support.visitor import Visitor

POLICY = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
GOOD = (
    '<html lang="en"><head><title>Pay</title><meta name="viewport" content="x">'
    "</head><body><main><h1>Pay</h1>{}</main></body></html>"
)


def page(inside: str = "", whole: str = GOOD, **headers: str) -> Page:
    sent = {**POLICY, **{name.replace("_", "-"): value for name, value in headers.items()}}
    response = Response(whole.replace("{}", inside), headers=sent, mimetype="text/html")
    return Page(response, "http://localhost:8000/pay/x")


def test_a_good_page_has_no_faults() -> None:
    inside = (
        '<form action="/pay/x" method="post">'
        '<label for="a">Amount</label><input id="a" name="amount">'
        '<button>Pay</button></form><img src="/logo.svg" alt="">'
    )
    assert faults(page(inside)) == []


@pytest.mark.parametrize(
    "inside",
    [
        '<p id="a"></p><p id="a"></p>',
        "<form method='post'></form>",
        "<form action='/x'></form>",
        "<p onclick='pay()'>Pay</p>",
        "<p style='color:red'>Pay</p>",
        "<script>pay()</script>",
        "<style>p{}</style>",
        "<input name='amount'>",
        "<img src='/logo.svg'>",
        "<img src='https://elsewhere.test/x.png' alt=''>",
        "<link rel='stylesheet' href='https://elsewhere.test/x.css'>",
        "<h1>Another</h1>",
        "{{ amount }}",
    ],
)
def test_a_fault_of_markup_is_noticed(inside: str) -> None:
    assert faults(page(inside)) != []


@pytest.mark.parametrize(
    "gone", ['lang="en"', "<title>Pay</title>", '<meta name="viewport" content="x">', "main"]
)
def test_something_missing_is_noticed(gone: str) -> None:
    assert faults(page(whole=GOOD.replace(gone, ""))) != []


def test_weak_headers_are_noticed() -> None:
    unsafe = "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
    assert faults(page(Content_Security_Policy=unsafe)) != []
    assert faults(page(Content_Security_Policy="default-src 'self'")) != []
    assert faults(page(X_Content_Type_Options="")) != []


@pytest.fixture
def shop() -> Visitor:
    """A tiny site with one form."""
    app = Flask("shop")
    form = (
        '<form action="/buy" method="post"><input type="hidden" name="nonce" value="7">'
        '<label><input type="checkbox" name="gift" value="yes" checked>Gift</label>'
        '<label><select name="size"><option>S<option selected>M</select>Size</label>'
        '<label><textarea name="note">Hello</textarea>Note</label>'
        '<button name="do" value="buy">Buy now</button></form>'
    )
    app.add_url_rule("/", "index", lambda: Response(GOOD.replace("{}", form), headers=POLICY))
    app.add_url_rule("/buy", "buy", _bought, methods=["POST"])
    app.add_url_rule("/broken", "broken", lambda: ("oh", 500))
    return Visitor(app, "http://localhost:8000")


def _bought() -> Response:
    from flask import request

    said = " ".join(f"{key}={value}" for key, value in sorted(request.form.items()))
    return Response(GOOD.replace("{}", said), headers=POLICY)


def test_a_visitor_sends_what_a_browser_would(shop: Visitor) -> None:
    bought = shop.submit(shop.get("/"), "Buy now")
    assert "do=buy gift=yes nonce=7 note=Hello size=M" in bought
    changed = shop.submit(shop.get("/"), "Buy now", gift=None, size="S")
    assert "do=buy nonce=7 note=Hello size=S" in changed


def test_a_visitor_accepts_no_server_error_and_no_missing_button(shop: Visitor) -> None:
    with pytest.raises(AssertionError, match="500"):
        shop.get("/broken", status=500)
    with pytest.raises(AssertionError, match="no button 'Sell'"):
        shop.submit(shop.get("/"), "Sell")


def test_the_ids_of_statements_are_read_from_names_and_docstrings(tmp_path: Path) -> None:
    (tmp_path / "features.md").write_text("- **L3** a\n- **L4** b\n- **N1** c\ntext **X9**\n")
    assert features.stated(tmp_path / "features.md") == ["L3", "L4", "N1"]
    assert features.carried_by("test_L3_S1_something_holds", None) == {"L3", "S1"}
    assert features.carried_by("test_it", "FEATURES N1: who is told") == {"N1"}
    assert features.carried_by("test_it", "no ID here; HTTP2 and A are none") == set()


def said() -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def say(what: str) -> str:
    with db.transaction() as session:
        audit.record(session, "system", what, "thing")
    return what


@pytest.mark.parametrize("time", ["the first", "the second", "the third"])
def test_a_stage_holds_what_was_made_each_time_it_is_asked_for(
    database: Database, time: str
) -> None:
    assert stage("said once", lambda: say("once")) == "once"
    assert said() == 1
    assert stage("said twice", lambda: say("twice")) == "twice"
    assert said() == 2


@pytest.mark.parametrize("database_kind", ["sqlite"], scope="session")
def test_what_follows_a_stage_that_is_made_anew_is_made_anew_too(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the later stage would hold the earlier one as it was before. PostgreSQL keeps none."""
    file = Path(database_url.removeprefix("sqlite:///"))
    begun, now = file.read_bytes(), [0.0]
    monkeypatch.setattr(stages, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def from_the_start(first: str, wait: float) -> list[str]:
        database.dispose()
        file.write_bytes(begun)
        stages.begin(database_url)
        stage("a stage", lambda: say(first))
        now[0] += wait
        stage("the next", lambda: say("next"))
        with db.read() as session:
            return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))

    assert from_the_start("old", wait=stages.KEPT_SECONDS - 1) == ["old", "next"]
    now[0] += 2  # the first is too old by now, the next is not
    assert from_the_start("new", wait=0) == ["new", "next"]


def test_a_stage_loses_nothing_that_a_test_has_written(database: Database) -> None:
    stage("said once", lambda: say("once"))
    say("of the test's own")
    stage("said twice", lambda: say("twice"))
    assert said() == 3
    database.dispose()
    stage("said twice", lambda: say("twice"))
    assert said() == 4


def test_the_demo_clock_is_read_from_its_first_advance_on(database: Database) -> None:
    assert clock.offset() == timedelta(0)
    with db.transaction() as session:
        demo_clock.advance(session, timedelta(days=2))
    assert clock.offset() == timedelta(days=2)
