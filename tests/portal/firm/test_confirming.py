"""Confirm that it is you: before lasting changes, once in ten minutes; nothing typed is lost."""

import io
from typing import Any

import pytest
from flask import Flask, jsonify, request
from sqlalchemy import select, update

from portal.core import db
from portal.core.audit import AuditEntry
from portal.firm.models import StaffSession, User
from portal.web.blueprints import staff_blueprint
from portal.web.permissions import LOOK, MANAGE_USERS
from tests.support.authenticator import SoftAuthenticator
from tests.support.cast import ADA, PASSWORD, Cast
from tests.support.page import Page
from tests.support.signing_in import (
    OWN,
    add_authenticator,
    add_passkey,
    after,
    code_of,
    options_of,
    recovery_codes_on,
    token_of,
)
from tests.support.visitor import Visitor

CONFIRM = "Confirm that it is you"
CHANGE = "/staff/some-change"


@pytest.fixture
def cast(app: Flask, outbox: object) -> Cast:
    """The cast, and a change that asks for confirmation and says what it was given."""
    pages = staff_blueprint("some_change", __name__)

    @pages.post("/some-change", needs=MANAGE_USERS)
    def change() -> Any:
        files = [file.filename for file in request.files.values()]
        form = {name: request.form.getlist(name) for name in request.form}
        return jsonify(form=form, files=files, args=request.args)

    @pages.get("/some-change", needs=MANAGE_USERS)
    def show() -> str:
        return "shown"

    @pages.post("/harmless-change", needs=LOOK)
    def harmless() -> str:
        return "done"

    assert all((change, show, harmless))
    app.register_blueprint(pages)
    return Cast(app, "http://localhost:8000")


def send(person: Visitor, token: str, *, status: int = 422, **more: Any) -> Page:
    data: dict[str, Any] = {
        "csrf_token": token,
        "name": "O'Neil & <Sons>\r\nof Zürich",
        "level": ["a", "b", ""],
    }
    data |= more.pop("data", {})
    return person.post(f"{CHANGE}?tab=x&y=1", data, status=status, **more)


def given(page: Page) -> dict[str, Any]:
    return page.response.get_json()


KEPT = {"name": ["O'Neil & <Sons>\r\nof Zürich"], "level": ["a", "b", ""]}


def without_token(form: dict[str, Any]) -> dict[str, Any]:
    return {name: values for name, values in form.items() if name != "csrf_token"}


def test_within_ten_minutes_of_signing_in_nothing_is_asked(cast: Cast) -> None:
    token = token_of(cast.ada.get(OWN))
    with after(minutes=9):
        assert without_token(given(send(cast.ada, token, status=200))["form"]) == KEPT


def test_after_ten_minutes_the_page_asks_and_the_change_goes_on_as_it_was_typed(
    cast: Cast,
) -> None:
    app, _ = add_authenticator(cast.ada)
    token = token_of(cast.ada.get(OWN))
    with after(minutes=10):
        page = send(cast.ada, token)
        assert page.texts("h1") == [CONFIRM]
        assert not page.title.startswith("Error:")
        done = given(cast.ada.submit(page, "Confirm", proof_code=code_of(app)))
    assert without_token(done["form"]) == KEPT
    assert done["args"] == {"tab": "x", "y": "1"}


def test_a_wrong_code_asks_again_and_keeps_what_was_typed(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    token = token_of(cast.ada.get(OWN))
    with after(minutes=11):
        page = cast.ada.submit(send(cast.ada, token), "Confirm", proof_code="000000", status=422)
        assert page.title.startswith("Error:")
        assert "This code is wrong" in page
        done = given(cast.ada.submit(page, "Confirm", proof_code=code_of(app)))
    assert without_token(done["form"]) == KEPT


def test_the_proof_never_reaches_the_view_and_is_never_carried(cast: Cast) -> None:
    add_authenticator(cast.ada)
    token = token_of(cast.ada.get(OWN))
    told = send(cast.ada, token, status=200, data={"proof_code": "1", "proof_password": "2"})
    assert not {"proof_code", "proof_password"} & set(given(told)["form"])
    with after(minutes=11):
        page = send(cast.ada, token, data={"proof_code": "123456"})
    assert page.texts("h1") == [CONFIRM]
    assert "123456" not in page.body
    assert len(page.form("Confirm")[0].select("[name=csrf_token]")) == 1


def test_a_passkey_confirms(cast: Cast) -> None:
    device = SoftAuthenticator()
    add_passkey(cast.ada, device)
    token = token_of(cast.ada.get(OWN))
    with after(minutes=11):
        page = send(cast.ada, token)
        shown = device.get(options_of(cast.ada, page))
        done = given(cast.ada.submit(page, "Confirm with a passkey", proof_passkey=shown))
    assert without_token(done["form"]) == KEPT


def test_another_user_s_passkey_and_one_of_another_site_confirm_nothing(cast: Cast) -> None:
    adas, bens = SoftAuthenticator(), SoftAuthenticator()
    add_passkey(cast.ada, adas)
    add_passkey(cast.ben, bens)
    token = token_of(cast.ada.get(OWN))
    with after(minutes=11):
        page = send(cast.ada, token)
        shown = bens.get(options_of(cast.ada, page), bens.credentials[0])
        page = cast.ada.submit(page, "Confirm with a passkey", proof_passkey=shown, status=422)
        assert "This passkey was not accepted." in page
        adas.origin = "https://evil.example"
        shown = adas.get(options_of(cast.ada, page))
        cast.ada.submit(page, "Confirm with a passkey", proof_passkey=shown, status=422)


def test_a_recovery_code_confirms_once(cast: Cast) -> None:
    _, codes = add_authenticator(cast.ada)
    code = recovery_codes_on(codes)[0]
    token = token_of(cast.ada.get(OWN))
    with after(minutes=11):
        cast.ada.submit(send(cast.ada, token), "Confirm", proof_code=code)
    with after(minutes=22):
        cast.ada.submit(send(cast.ada, token), "Confirm", proof_code=code, status=422)


def test_who_has_nothing_else_confirms_by_password(cast: Cast) -> None:
    token = token_of(cast.ada.get(OWN))
    with after(minutes=11):
        page = send(cast.ada, token)
        page = cast.ada.submit(page, "Confirm", proof_password="not this one", status=422)
        assert "The password is wrong." in page
        done = given(cast.ada.submit(page, "Confirm", proof_password=PASSWORD))
    assert without_token(done["form"]) == KEPT


def test_who_has_a_second_factor_does_not_confirm_by_password(cast: Cast) -> None:
    add_authenticator(cast.ada)
    token = token_of(cast.ada.get(OWN))
    with after(minutes=11):
        page = send(cast.ada, token, data={"proof_password": PASSWORD})
        assert page.texts("h1") == [CONFIRM]


def test_wrong_proofs_count_and_are_few(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    token = token_of(cast.ada.get(OWN))
    with after(minutes=11):
        page = send(cast.ada, token)
        for _n in range(10):
            page = cast.ada.submit(page, "Confirm", proof_code="000000", status=422)
        page = cast.ada.submit(page, "Confirm", proof_code=code_of(app), status=429)
        assert "Wait 15 minutes, then try again." in page
        assert page.texts("h1") == [CONFIRM]
    with after(minutes=27):
        cast.ada.submit(page, "Confirm", proof_code=code_of(app))


def test_wrong_passwords_count_too(cast: Cast) -> None:
    token = token_of(cast.ada.get(OWN))
    with after(minutes=11):
        page = send(cast.ada, token)
        for _n in range(10):
            page = cast.ada.submit(page, "Confirm", proof_password="wrong", status=422)
        cast.ada.submit(page, "Confirm", proof_password=PASSWORD, status=429)


def test_htmx_gets_the_page_in_place_of_the_middle(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    token = token_of(cast.ada.get(OWN))
    with after(minutes=11):
        page = send(cast.ada, token, htmx=True)
        assert not page.is_whole
        assert page.headers["HX-Retarget"] == "#main"
        assert page.headers["HX-Reswap"].startswith("innerHTML")
        assert page.select("h1[data-focus]")
        done = given(cast.ada.submit(page, "Confirm", proof_code=code_of(app)))
    assert without_token(done["form"]) == KEPT


def test_a_file_cannot_be_carried_and_the_page_says_so(cast: Cast) -> None:
    add_authenticator(cast.ada)
    token = token_of(cast.ada.get(OWN))
    with after(minutes=11):
        file = (io.BytesIO(b"PNG"), "logo.png")
        page = send(cast.ada, token, data={"logo": file})
        assert "A file cannot be kept." in page
        assert "A file cannot be kept." not in send(cast.ada, token)


def test_looking_and_harmless_changes_ask_nothing(cast: Cast) -> None:
    token = token_of(cast.ada.get(OWN))
    with after(minutes=11):
        assert cast.ada.get(CHANGE).body == "shown"
        assert cast.ada.post("/staff/harmless-change", {"csrf_token": token}).body == "done"


def test_who_may_not_is_refused_before_anything_is_asked(cast: Cast) -> None:
    token = token_of(cast.ben.get(OWN))
    with after(minutes=11):
        send(cast.ben, token, status=403)


def test_the_real_page_that_asks_for_it_keeps_what_was_typed(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    page = cast.ada.get("/staff/settings/users/invitations/new")
    with after(minutes=11):
        form, button = page.form("Send invitation")
        assert form is not None
        assert button is not None
        asked = cast.ada.submit(
            page, "Send invitation", email="eve@harlow.test", name="Eve", status=422
        )
        assert asked.texts("h1") == [CONFIRM]
        done = cast.ada.submit(asked, "Confirm", proof_code=code_of(app))
        assert "The invitation is on its way to eve@harlow.test." in done


def test_confirming_is_logged_and_lasts_ten_minutes_of_wall_time(cast: Cast) -> None:
    app, _ = add_authenticator(cast.ada)
    token = token_of(cast.ada.get(OWN))
    with after(minutes=11):
        cast.ada.submit(send(cast.ada, token), "Confirm", proof_code=code_of(app))
    with after(minutes=20):
        send(cast.ada, token, status=200)
    with after(minutes=22):
        assert send(cast.ada, token).texts("h1") == [CONFIRM]
    with db.read() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "user.confirmed")
        ).one()
    assert entry.detail == {"by": "code"}


def test_without_a_password_and_without_a_factor_nothing_is_confirmed(cast: Cast) -> None:
    token = token_of(cast.ada.get(OWN))
    with db.transaction() as session:
        session.execute(update(User).where(User.email == ADA.email).values(password_hash=None))
    with after(minutes=11):
        page = send(cast.ada, token)
        for typed in ("", PASSWORD):
            page = cast.ada.submit(page, "Confirm", proof_password=typed, status=422)
        with db.read() as session:
            assert len(session.scalars(select(StaffSession)).all()) == 1
