"""The firm's style sheet and logo, as browsers fetch them."""

from dataclasses import replace

import pytest
from flask import Flask

from portal.core import db
from portal.firm.actions import set_up_firm
from portal.firm.brand import Brand, brand
from portal.firm.branding import publish
from portal.firm.demo import HARLOW_REYES, LOGO


@pytest.fixture
def face(app: Flask) -> Brand:
    with db.transaction() as session:
        set_up_firm(session, HARLOW_REYES, LOGO)
        return brand(session)


@pytest.mark.parametrize("surface", ["public", "staff"])
def test_B2_the_sheet_is_kept_by_browsers_until_it_changes(
    app: Flask, face: Brand, surface: str
) -> None:
    answer = app.test_client().get(face.stylesheet_url(surface))
    assert answer.status_code == 200
    assert answer.mimetype == "text/css"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert face.palette.stylesheet() in answer.text
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers["Vary"]


def test_B2_the_sheet_comes_compressed_to_those_who_can_read_it(app: Flask, face: Brand) -> None:
    url, small = face.stylesheet_url("public"), {"Accept-Encoding": "gzip, br"}
    plain, packed = (app.test_client().get(url, headers=headers) for headers in ({}, small))
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert len(packed.data) * 3 < len(plain.data)
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_B1_yesterdays_address_gives_todays_face_and_is_not_kept(app: Flask, face: Brand) -> None:
    with db.transaction() as session:
        publish(session, replace(HARLOW_REYES, colour="#7a1f3d"), LOGO, version=1, by="system")
    answer = app.test_client().get(face.stylesheet_url("public"))
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "#7a1f3d" in app.test_client().get(face.stylesheet_url("public")).text


def test_B2_the_logo_is_a_picture_that_can_do_nothing_and_is_kept(app: Flask, face: Brand) -> None:
    assert face.logo_url is not None
    answer = app.test_client().get(face.logo_url)
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", LOGO.png)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers


def test_B1_the_logo_of_an_email_of_last_year_is_todays(app: Flask, face: Brand) -> None:
    answer = app.test_client().get("/brand/0123456789ab/logo.png")
    assert (answer.data, answer.headers["Cache-Control"]) == (LOGO.png, "no-cache")


def test_B2_there_is_no_logo_at_its_address_without_one(app: Flask, face: Brand) -> None:
    with db.transaction() as session:
        publish(session, HARLOW_REYES, None, version=1, by="system")
    assert app.test_client().get(f"/brand/{face.fingerprint}/logo.png").status_code == 404


@pytest.mark.parametrize("address", ["/brand/x/print.css", "/brand/x/base.css", "/brand/x/a.svg"])
def test_B2_no_other_file_is_served_there(app: Flask, face: Brand, address: str) -> None:
    assert app.test_client().get(address).status_code == 404
