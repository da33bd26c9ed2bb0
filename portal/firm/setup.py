"""The steps of the checklist that the house itself looks at: firm, people, mail, worker."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.core import clock, config
from portal.core.jobs import queue
from portal.firm import queries
from portal.firm.checklist import Action, Found, State, step
from portal.firm.factors import Authenticator, Passkey
from portal.firm.joining import UserInvitation
from portal.firm.models import Firm, Level, User, UserLevel
from portal.outbox import trial
from portal.outbox.models import DeliveryState
from portal.outbox.trial import Trial
from portal.web.health import HEARTBEAT_MAX


@step("firm", 10, lazy_gettext("Your firm"))
def look_at_firm(session: Session) -> Found:
    """Whether payers are told who the firm is and how to reach it (FEATURES B1)."""
    firm = queries.firm(session)
    branding = Action(_("Open Branding"), "branding.show")
    if firm is None:
        return Found(State.TO_DO, (_("No firm is set up yet."),), actions=(branding,))
    missing = [label for label, value in _contact_data(firm) if not value.strip()]
    facts = (
        (_("Name"), firm.legal_name),
        *((label, value) for label, value in _contact_data(firm) if value.strip()),
        (_("Color"), firm.colour),
    )
    if missing:
        words = _("Still missing: %(fields)s.", fields=", ".join(missing))
        return Found(State.TO_DO, (words,), facts, (branding,))
    words = [_("Clients see these on every page and in every email.")]
    if firm.logo_png is None:
        words.append(_("There is no logo yet. Until there is one, your firm's name stands there."))
    return Found(State.DONE, tuple(words), facts, (branding,))


def _contact_data(firm: Firm) -> tuple[tuple[str, str], ...]:
    return (
        (_("Address"), firm.address),
        (_("Phone"), firm.phone),
        (_("Email address"), firm.email),
    )


@step("people", 20, lazy_gettext("People"))
def look_at_people(session: Session) -> Found:
    """Whether somebody else can step in, and whether every administrator has a second factor.

    Company is advised. The second factor is required where real money moves; in the sandbox it is
    advised too.
    """
    active = session.scalar(select(func.count()).where(User.disabled_at.is_(None))) or 0
    invited = session.scalar(
        select(func.count()).where(
            UserInvitation.accepted_at.is_(None), UserInvitation.withdrawn_at.is_(None)
        )
    )
    bare = _administrators_without_second_factor(session)
    facts = [(_("Active users"), str(active))]
    if invited:
        facts.append((_("Invited"), str(invited)))
    words: list[str] = []
    if active + (invited or 0) < 2:
        words.append(_("You are alone here. A second administrator is advised, not required."))
    if bare:
        words.append(
            _("Administrators with no second way to sign in yet: %(names)s.", names=", ".join(bare))
        )
        words.append(_("Each adds a passkey or an authenticator app on their own sign-in page."))
    else:
        words.append(_("Every administrator has a passkey or an authenticator app."))
    if bare and config.current().sandbox:
        words.append(_("In the sandbox this is advised. With real money it is required."))
    held_up = bool(bare) and not config.current().sandbox
    actions = (
        Action(_("Open Users"), "users.index"),
        *((Action(_("Open your sign-in page"), "own_sign_in.show"),) if bare else ()),
    )
    return Found(State.TO_DO if held_up else State.DONE, tuple(words), tuple(facts), actions)


def _administrators_without_second_factor(session: Session) -> list[str]:
    """The names of the first few, in order."""
    app = exists().where(Authenticator.user_id == User.id, Authenticator.confirmed_at.is_not(None))
    key = exists().where(Passkey.user_id == User.id)
    return list(
        session.scalars(
            select(User.name)
            .join(UserLevel, UserLevel.user_id == User.id)
            .where(UserLevel.level == Level.ADMINISTRATOR, User.disabled_at.is_(None), ~app, ~key)
            .order_by(User.name_key, User.id)
            .limit(5)
        )
    )


@step("mail", 30, lazy_gettext("Email"))
def look_at_mail(session: Session) -> Found:
    """Whether the mail server took an email: a test, or any other that went out by itself."""
    tried = trial.last_trial(session)
    if tried is not None:
        return _of_trial(session, tried)
    other = trial.last_accepted(session)
    action = _send(_("Send a test email"))
    if other is None or other.sent_at is None:
        words = _("Payers and your people are told by email. Send a test email to yourself.")
        return Found(State.TO_DO, (words,), actions=(action,))
    facts = (
        (_("Sent to"), other.address),
        (_("Accepted"), other.sent_at),
        _answer(other.last_reply),
    )
    if config.current().mail is None:
        return Found(State.DONE, (_kept(),), facts, (action,))
    words = _("Your mail server accepts emails.")
    return Found(State.DONE, (words,), facts, (action,))


def _send(label: str) -> Action:
    return Action(label, "settings.send_test", busy=_("Sending…"))


def _answer(reply: str) -> tuple[str, str]:
    return _("Mail server's answer"), reply or "–"


def _of_trial(session: Session, tried: Trial) -> Found:
    delivery = tried.delivery
    to = (_("Sent to"), tried.address)
    again = (_send(_("Send another test email")), Action(_("See all emails"), "outbox.index"))
    if delivery is None or tried.untried:
        words = [_("The test email is on its way.")]
        if not _worker_is_alive(session):
            words.append(_("The worker sends emails, and it is not running. Start it."))
        return Found(State.WAITING, tuple(words), (to, (_("Asked for"), tried.asked_at)))
    answer = _answer(delivery.last_reply)
    if delivery.state == DeliveryState.SENT:
        accepted = (_("Accepted"), delivery.sent_at or tried.asked_at)
        if config.current().mail is None:
            return Found(State.DONE, (_kept(),), (to, accepted, answer), again)
        words = _("Your mail server accepted the test email. Look for it in your inbox.")
        return Found(State.DONE, (words,), (to, accepted, answer), again)
    if delivery.state == DeliveryState.OWED:
        words = _("Your mail server did not take the test email yet. We keep trying for 24 hours.")
        return Found(State.WAITING, (words, _mend()), (to, answer), again)
    words = _("Your mail server did not take the test email.")
    return Found(State.TROUBLE, (words, _mend()), (to, answer), again)


def _kept() -> str:
    return _(
        "No MAIL settings are set, so emails go to nobody: "
        "they lie in the sandbox's mailbox, at /sandbox/mail."
    )


def _mend() -> str:
    return _("Check the MAIL settings of your server, restart it, and send another.")


@step("worker", 70, lazy_gettext("Worker"), required=False)
def look_at_worker(session: Session) -> Found:
    """Whether the process that sends emails and settles payments is running."""
    seen_at = queue.last_heartbeat(session)
    facts = ((_("Last seen"), seen_at),) if seen_at is not None else ()
    if _worker_is_alive(session):
        return Found(State.DONE, (_("It sends emails and follows every payment."),), facts)
    words = _("It is not running, so no email goes out. Start it with the command flask worker.")
    return Found(State.TROUBLE, (words,), facts)


def _worker_is_alive(session: Session) -> bool:
    seen_at = queue.last_heartbeat(session)
    return seen_at is not None and clock.wall_time() - seen_at <= HEARTBEAT_MAX
