"""A pay page inside the firm's website (FEATURES E1–E3): what its frame changes on it.

Nothing is kept between its requests but in their addresses: no cookie, no storage of the browser.
"""

from dataclasses import dataclass
from typing import cast

from flask import g, request, url_for

from payments.gateway.results import MethodKind
from payments.links.queries import Framing
from payments.transactions.models import Payment
from payments.transactions.states import Status
from portal.core import db
from portal.web import language
from portal.web.headers import allow_framing

THEMES = frozenset({"light", "dark"})
_EVENTS = {
    Status.PENDING: "processing",
    Status.ACTION_NEEDED: "processing",
    Status.AUTHORIZED: "succeeded",
    Status.COMPLETED: "succeeded",
    Status.FAILED: "failed",
    Status.RETURNED: "failed",
    Status.CANCELED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame in which this request's page stands.

    `site` is the website around it, as its loader says and only if it is listed for this link: to
    nobody else does the page say a word. `theme` is light or dark where the website asks for one.
    """

    token: str
    site: str
    theme: str
    card_on_top: bool
    tells_amount: bool

    def along(self) -> dict[str, str]:
        """What every address inside the frame carries."""
        carried = {"site": self.site, "theme": self.theme}
        return {name: value for name, value in carried.items() if value}


def enter(token: str, framing: Framing) -> None:
    """Let the link's websites frame this answer, and have its page drawn for a frame."""
    allow_framing(framing.sites)
    site, theme = request.args.get("site", ""), request.args.get("theme", "")
    g.frame = Frame(
        token,
        site if site in framing.sites else "",
        theme if theme in THEMES else "",
        framing.card_on_top,
        framing.tells_amount,
    )


def current() -> Frame | None:
    """The frame of this request's page; None for every page that stands by itself."""
    return cast("Frame | None", g.get("frame"))


def asked_plainly() -> bool:
    """Whether the address says nothing but what the page itself would carry along."""
    frame = current()
    said = {name: value for name, value in request.args.items() if name != language.PARAMETER}
    return said == (frame.along() if frame is not None else {})


def on_top() -> tuple[MethodKind, ...]:
    """What is not paid inside the frame but on a page of its own: a bank account, whose bank signs
    its customer in, and the card where the firm wants it so (FEATURES E3)."""
    frame = current()
    if frame is None:
        return ()
    return (MethodKind.BANK, MethodKind.CARD) if frame.card_on_top else (MethodKind.BANK,)


def pay_address(token: str, page: str = "pay") -> str:
    """Where the pay page of an account's link stands, or its page "submit_payment"."""
    frame = current()
    if frame is None:
        return language.address(f"checkout.{page}", token=token)
    return language.address(f"embed.{page}", token=token, **frame.along())


def pay_path(token: str) -> str:
    """The same without the language and without the website."""
    return url_for("checkout.pay" if current() is None else "embed.pay", token=token)


def status_address(status_token: str, page: str = "status") -> str:
    """Where a payment's lasting page stands, or its page "go_on"; in a frame the one inside it."""
    frame = current()
    if frame is None:
        return language.address(f"checkout_status.{page}", token=status_token)
    return language.address(
        f"embed.{page}", token=frame.token, status_token=status_token, **frame.along()
    )


def told(payment: Payment) -> dict[str, str]:
    """What the website around a frame is told, as attributes that `static/js/framed.js` reads.

    Nothing of whoever pays, and how much only where the firm wants it told (FEATURES E1).
    """
    frame = current()
    if frame is None:
        return {}
    status = Status(payment.status)
    said = {"event": _EVENTS[status], "reference": payment.reference, "status": str(status)}
    if frame.tells_amount:
        said["amount"] = f"{payment.amount.plain()} {payment.currency}"
    return {f"data-embed-{name}": value for name, value in said.items()}


def tell_declined(payment_id: int) -> None:
    """A decline leads back to the form (FEATURES P7): have that tell the website of it too."""
    if current() is not None:
        with db.read() as session:
            g.told = told(session.get_one(Payment, payment_id))
