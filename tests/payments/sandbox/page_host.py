"""A page that does what the pay page does, with nothing of the product around it."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler

from payments.sandbox.service import SandboxService
from tests.support.source import ROOT

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pay</title>
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/static/css/base.css">
<script src="/sandbox/stripe.js"></script></head>
<body><main><h1>Pay</h1><form action="/sent" method="get"><h2>Card</h2><div id="card"></div>
<h2>Bank</h2><div id="bank"></div></form></main><script src="/host.js"></script></body></html>"""
HOST = b"""
window.events = [];
window.stripe = Stripe("pk_sandbox_firm", {});
const group = (kind) => stripe.elements({ mode: "payment", amount: 10000, currency: "usd",
  allowedPaymentMethodTypes: [kind], appearance: {} });
window.cards = group("card");
window.banks = group("us_bank_account");
const address = { country: "never", postalCode: "never" };
const fields = { billingDetails: { name: "never", address } };
window.start = () => {
  cards.create("payment", { fields }).on("change", (e) => events.push(e)).mount("#card");
  banks.create("payment").on("ready", () => { window.ready = true; })
    .mount(document.getElementById("bank"));
};
window.token = async (elements, billing_details) => {
  const checked = await elements.submit();
  if (checked.error) return checked;
  const params = { payment_method_data: { billing_details } };
  return stripe.createConfirmationToken({ elements, params });
};
"""
FILES = {"css": "text/css", "js": "text/javascript"}


class Quiet(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_message(self, format: str, *args: object) -> None:
        pass


def host(service: SandboxService) -> Callable[..., Iterable[bytes]]:
    """The page, the product's static files, and the way of the page script to the sandbox."""

    def app(environ: Any, start: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/sandbox/stripe-api/"):
            inner = {**environ, "PATH_INFO": path.removeprefix("/sandbox/stripe-api")}
            return service.page_api(inner, start)
        body, kind = PAGE, "text/html"
        if path == "/host.js":
            body, kind = HOST, "text/javascript"
        elif path == "/sandbox/stripe.js":
            body, kind = (ROOT / "static/js/sandbox-stripe.js").read_bytes(), "text/javascript"
        elif path.startswith("/static/"):
            file = Path(ROOT / path.lstrip("/"))
            body, kind = file.read_bytes(), FILES[file.suffix[1:]]
        elif path != "/":
            start("404 Not Found", [])
            return [b""]
        start("200 OK", [("Content-Type", kind), ("Content-Security-Policy", POLICY)])
        return [body]

    return app
