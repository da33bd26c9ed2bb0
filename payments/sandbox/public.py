"""The sandbox's own pages: its script, the API that the script calls, and the test deposits."""

from flask import Response, current_app, redirect, render_template, request, send_from_directory
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from payments.sandbox.current import sandbox
from payments.sandbox.delivery import nudge
from payments.sandbox.deposits import deposit_question, verify_microdeposits
from portal.core.errors import Missing
from portal.web import language
from portal.web.blueprints import public_blueprint

API = "/sandbox/stripe-api"

blueprint = public_blueprint("sandbox_pages", __name__)


@blueprint.get("/sandbox/stripe.js")
def script() -> Response:
    """What takes the place of Stripe's script on pay pages."""
    folder = f"{current_app.static_folder}/js"
    return send_from_directory(folder, "sandbox-stripe.js", mimetype="text/javascript")


@blueprint.route(f"{API}/<path:path>", methods=["GET", "POST"])
def api(path: str) -> AnyResponse:
    """The part of the API that a payer's browser may call, with the publishable key."""
    environ = {**request.environ, "PATH_INFO": f"/{path}", "SCRIPT_NAME": ""}
    response = AnyResponse.from_app(sandbox().service.page_api, environ)
    if request.method == "POST":
        nudge()
    return response


@blueprint.get("/sandbox/verify-deposits/<intent_id>")
def deposits(intent_id: str) -> str:
    """Where the payer would confirm the two small test deposits."""
    return _deposits_page(intent_id, None)


@blueprint.post("/sandbox/verify-deposits/<intent_id>", endpoint="verify")
def verify_deposits(intent_id: str) -> tuple[str, int] | AnyResponse:
    """Confirm the deposits by their amounts (32 and 45 cents) or the code (SM11AA)."""
    typed = [request.form.get("first", "").strip(), request.form.get("second", "").strip()]
    amounts = [
        int(cents) for cents in typed if cents.isascii() and cents.isdigit() and len(cents) < 4
    ]
    code = request.form.get("code", "").strip().upper()[:12]
    problem = verify_microdeposits(
        sandbox().service, intent_id, amounts=() if code else amounts, code=code
    )
    nudge()
    if problem is not None:  # in the processor's English; the payer reads our own words
        sentence = _("These are not the amounts or the code. Please look at your statement again.")
        return _deposits_page(intent_id, sentence), 422
    return redirect(language.along(request.path), 303)


def _deposits_page(intent_id: str, problem: str | None) -> str:
    question = deposit_question(sandbox().service, intent_id)
    if question is None:
        raise Missing(_("There are no test deposits to confirm here."))
    here = language.address("sandbox_pages.verify", intent_id=intent_id)
    return render_template(
        "sandbox/public_deposits.html",
        question=question,
        problem=problem,
        here=here,
        page_path=request.path,
    )
