"""The page that an invitation leads to. Looking changes nothing: a button lets in (C10)."""

from flask import Response, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.access import emails as _emails  # noqa: F401  they register themselves
from portal.access import entry_log_words as _log_words  # noqa: F401  they register themselves
from portal.access import invitations, joining
from portal.access.invitations import Link, Standing
from portal.access.public_door import here, leave, let_in, refuse_forms_of_other_sites
from portal.core import clock, db
from portal.core.errors import Conflict
from portal.core.tokens import derived_from
from portal.firm.addresses import masked
from portal.web import language
from portal.web.blueprints import public_blueprint
from portal.web.client_sessions import HOME
from portal.web.limits import (
    CODES_FROM_ONE_PLACE,
    LINKS_OF_ONE_INVITATION,
    SIGN_IN_TRIES,
    limiter,
)

ADDRESS = "/invitations/<token>"

blueprint = public_blueprint("client_invitations", __name__)
blueprint.before_request(refuse_forms_of_other_sites)


@blueprint.get(ADDRESS)
def show(token: str) -> Response:
    """Who invites, for which address, and how long the link still works."""
    with db.read() as reading:
        link = invitations.link(reading, token)
    return _page(token, link)


@blueprint.post(ADDRESS, endpoint="accept")
@limiter.limit(SIGN_IN_TRIES)
def accept(token: str) -> AnyResponse:
    """Let a client in, and offer a passkey for the next time."""
    try:
        with db.transaction() as writing:
            leave(writing)
            joined = joining.accept(writing, token, browser=here(), language=language.current())
    except Conflict:  # too late, or somebody was faster: say what has become of it
        return show(token)
    messages = f"/portal/matters/{joined.matter.public_id}/messages" if joined.matter else HOME
    return let_in(joined.token, url_for("client_settings.welcome", next=messages))


@blueprint.post(f"{ADDRESS}/renew", endpoint="renew")
@limiter.limit(CODES_FROM_ONE_PLACE)
@limiter.limit(LINKS_OF_ONE_INVITATION, key_func=lambda: f"invitation:{_name()}")
def renew(token: str) -> str:
    """Send a new link in place of an expired one, to the same address; always the same answer."""
    with db.transaction() as writing:
        joining.renew(writing, token)
    return render_template(
        "access/public_link_sent.html", page_path=url_for("client_invitations.show", token=token)
    )


def _name() -> str:
    return derived_from(str((request.view_args or {}).get("token", "")))


def _page(token: str, link: Link) -> Response:
    left = link.expires_at - clock.now() if link.expires_at else invitations.TTL
    page = render_template(
        "access/public_invitation.html",
        token=token,
        standing=link.standing,
        address=masked(link.invitation.address),
        minutes_left=max(1, int(left.total_seconds() // 60)),
        minutes=int(invitations.TTL.total_seconds() // 60),
        page_path=url_for("client_invitations.show", token=token),
    )
    return make_response(page, 200 if link.standing is Standing.OPEN else 410)
