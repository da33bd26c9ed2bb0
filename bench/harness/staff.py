"""A member of staff who is signed in."""

from bench.harness.firm import SANDBOX, BenchFirm

TRANSACTIONS = "/staff/online-payments/transactions"


def signed_in(firm: BenchFirm) -> dict[str, str]:
    """The header that Ada's browser sends once she has come in by the staff door."""
    from flask import session
    from flask_login import login_user

    from app import create_app
    from portal.core import db
    from portal.firm.queries import user_by_email
    from portal.firm.sessions import open_session

    app = create_app(firm.settings(**SANDBOX))
    with app.test_request_context("/staff/"):
        with db.transaction() as writing:
            user = user_by_email(writing, "ada@demo.test")
            assert user is not None
            login_user(open_session(writing, user.id))
        response = app.response_class()
        app.session_interface.save_session(app, session, response)
    db.disconnect()
    return {"Cookie": response.headers["Set-Cookie"].partition(";")[0]}
